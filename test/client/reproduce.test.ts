import { join } from 'node:path';
import { expect } from 'chai';
import { compareOutputs, configToReproduce } from '../../client/reproduction.js';
import { openStore } from '../../core/store/open.js';
import type { ObjectStore } from '../../core/store/objectStore.js';
import { scratchFolder } from '../support/folders.js';
import { recording, storeRun } from '../support/storedRun.js';

const rows = Array.from({ length: 120 }, (_, number) => recording(number));

describe('reproduction', () => {
  let here: ObjectStore;
  let there: ObjectStore;
  beforeEach(async () => {
    here = await openStore({ url: join(scratchFolder(), 'store') });
    there = await openStore({ url: join(scratchFolder(), 'store') });
  });

  it('finds every output of a run the same when it was made again elsewhere, whatever its store is called', async () => {
    const first = { store: here, run: await storeRun(here, 'run', { rows }) };
    const second = { store: there, run: await storeRun(there, 'run', { rows }) };
    const outputs = await compareOutputs(first, second);
    expect(outputs.every(({ same }) => same)).to.equal(true);
    const stages = ['fetchCorpus', 'planShards', 'extractFeatures', 'splitUtterances', 'trainModel', 'evaluateModel'];
    expect([...new Set(outputs.map(({ stage }) => stage))]).to.have.members(stages);
  });

  it('names the outputs that differ', async () => {
    const first = { store: here, run: await storeRun(here, 'run', { rows }) };
    const second = { store: there, run: await storeRun(there, 'run', { rows, answer: () => 'calm' }) };
    const different = (await compareOutputs(first, second)).filter(({ same }) => !same);
    expect(different.map(({ stage, output }) => `${stage} ${output}`)).to.have.members([
      'evaluateModel metrics.json',
      'evaluateModel predictions.parquet',
    ]);
  });

  it('counts an output that is on one side only as a difference', async () => {
    const first = { store: here, run: await storeRun(here, 'run', { rows }) };
    const second = { store: there, run: await storeRun(there, 'run', { rows: rows.slice(1) }) };
    const different = (await compareOutputs(first, second)).filter(({ same }) => !same);
    expect(different.map(({ stage }) => stage)).to.include('fetchCorpus');
  });

  it('asks for the backend that trained, and for an end where shards fail', async () => {
    const run = await storeRun(here, 'run', { rows });
    const config = await configToReproduce(here, run, there.url);
    expect(config).to.deep.equal({ ...run.config, store: there.url, backend: 'fused', onFailedShards: 'fail' });
  });
});
