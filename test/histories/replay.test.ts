import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import { expect } from 'chai';
import { historyFromJson, readHistory } from './historyJson.js';
import { workflowBundle } from '../support/workflows.js';

const folder = new URL('./', import.meta.url);
const files = readdirSync(folder).filter((name) => /\.json(\.gz)?$/.test(name));

const read = (file: string) => readHistory(fileURLToPath(new URL(file, folder)));

async function replay(text: string): Promise<void> {
  const history = historyFromJson(text);
  const { workflowId } = history.events![0]!.workflowExecutionStartedEventAttributes!;
  await Worker.runReplayHistory({ workflowBundle: await workflowBundle() }, history, workflowId!);
}

describe('a workflow in flight', function () {
  this.timeout(60_000);

  it('is recorded for every workflow, in all the ways it can go', () => {
    for (const expected of ['clean', 'shards-failed', 'resumed', 'retried', 'cancelled']) {
      expect(files).to.include.members([`trainingRun-${expected}.json`, `extractFeatures-${expected}.json`]);
    }
    for (const expected of ['trained', 'unchanged', 'changed', 'stopped', 'forgetting', 'cancelled', 'searchable']) {
      expect(files).to.include(`retrain-${expected}.json`);
    }
    expect(files).to.include.members(['extractFeatures-continued.json.gz', 'extractFeatures-continuing.json']);
    expect(files).to.include.members(['predictBatch-clean.json', 'predictBatch-shards-failed.json']);
  });

  for (const file of files) {
    it(`goes on under this version: ${file.replace(/\.json.*/, '')}`, () => replay(read(file)));
  }

  it('would be broken by a version that goes another way, and that is noticed', async () => {
    const swapped = read('trainingRun-clean.json').replaceAll('"planShards"', '"splitUtterances"');
    const error: unknown = await replay(swapped).catch((thrown: unknown) => thrown);
    expect(error).to.be.instanceOf(DeterminismViolationError);
  });

  it('holds no path and no name of the machine that recorded it', () => {
    for (const file of files) {
      const text = read(file);
      expect(text, file).not.to.match(/\/(home|work|tmp|Users)\//);
      for (const [, data] of text.matchAll(/"data": "([^"]+)"/g)) {
        expect(Buffer.from(data!, 'base64').toString(), file).not.to.match(/\/(home|work|tmp|Users)\//);
      }
    }
  });
});
