import { readdirSync, readFileSync } from 'node:fs';
import { Worker } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import { expect } from 'chai';
import { historyFromJson } from './historyJson.js';
import { workflowBundle } from '../support/workflows.js';

const folder = new URL('./', import.meta.url);
const files = readdirSync(folder).filter((name) => name.endsWith('.json'));

const read = (file: string) => readFileSync(new URL(file, folder), 'utf8');

async function replay(text: string): Promise<void> {
  const history = historyFromJson(text);
  const { workflowId } = history.events![0]!.workflowExecutionStartedEventAttributes!;
  await Worker.runReplayHistory({ workflowBundle: await workflowBundle() }, history, workflowId!);
}

describe('a workflow in flight', function () {
  this.timeout(60_000);

  it('is recorded for every workflow, in all the ways it can go', () => {
    for (const expected of ['clean', 'shards-failed', 'resumed', 'cancelled']) {
      expect(files).to.include.members([`trainingRun-${expected}.json`, `extractFeatures-${expected}.json`]);
    }
    expect(files).to.include.members(['retrain-trained.json', 'predictBatch-clean.json', 'predictBatch-shards-failed.json']);
  });

  for (const file of files) {
    it(`goes on under this version: ${file.replace('.json', '')}`, () => replay(read(file)));
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
