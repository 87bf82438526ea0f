import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import fc from 'fast-check';
import { audioKey } from '../../activities/objects/audio.js';
import { beginCollection, refuseWhileCollected } from '../../activities/objects/collection.js';
import { readPlan } from '../../activities/objects/planObject.js';
import { gc, type GcOptions } from '../../client/commands/gc.js';
import { promoteRun } from '../../client/commands/promote.js';
import { createContext } from '../../client/context.js';
import { findGarbage, neededUnits, removeGarbage } from '../../client/garbage.js';
import { stageFolders } from '../../client/runComparison.js';
import { recordedRuns, stageKey } from '../../client/runRecords.js';
import type { RunStatus } from '../../core/contracts/runs.js';
import { ORIGINAL_TRAINING } from '../../core/contracts/training.js';
import { readManifest } from '../../core/store/manifest.js';
import type { ObjectStore } from '../../core/store/objectStore.js';
import { openStore } from '../../core/store/open.js';
import { failureOf } from '../support/failureOf.js';
import { scratchFolder } from '../support/folders.js';
import { keysUnder } from '../store/contract.js';
import { recording, storeRun } from '../support/storedRun.js';

const LATER = Date.now() + 3_600_000;

async function collect(store: ObjectStore, beforeMs = LATER): Promise<string[]> {
  const garbage = await findGarbage(store, await neededUnits(store), beforeMs);
  for (const unit of garbage) await removeGarbage(store, unit);
  return garbage.map(({ unit }) => unit);
}

/** Everything that a run would look for, were it run again: what it lacks. */
async function missing(store: ObjectStore, run: RunStatus): Promise<string[]> {
  const plan = await readPlan(store, stageKey(run, 'planShards')!);
  const folders = [...stageFolders(run).map(([, folder]) => folder), ...plan.shards.map(({ folder }) => folder)];
  const standing = await Promise.all(folders.map((folder) => readManifest(store, folder)));
  const recordings = plan.shards.flatMap((shard) => shard.recordings.map(({ audio }) => audio));
  const heard = await Promise.all(recordings.map((key) => store.head(key)));
  return [
    ...folders.filter((_, index) => standing[index] === undefined),
    ...recordings.filter((_, index) => heard[index] === undefined),
  ];
}

const rowsFrom = (first: number, count: number) =>
  Array.from({ length: count }, (_, index) => recording(first + index));

describe('garbage collection', () => {
  let store: ObjectStore;
  beforeEach(async () => (store = await openStore({ url: join(scratchFolder(), 'store') })));

  it('leaves every run that remains with all that it would reuse, and nothing that only forgotten ones needed', async () => {
    const run = fc.record({
      first: fc.integer({ min: 0, max: 40 }),
      seed: fc.integer({ min: 0, max: 1 }),
      keep: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(run, { minLength: 1, maxLength: 3 }), async (specs) => {
        const fresh = await openStore({ url: join(scratchFolder(), 'store') });
        for (const [index, { first, seed }] of specs.entries()) {
          const config = { training: { ...ORIGINAL_TRAINING, seed } };
          await storeRun(fresh, `run-${index}`, { rows: rowsFrom(first, 30), config });
        }
        for (const [index, { keep }] of specs.entries()) if (!keep) await fresh.delete(`runs/run-${index}.json`);
        await collect(fresh);
        const kept = await recordedRuns(fresh);
        for (const one of kept) expect(await missing(fresh, one)).to.be.empty;
        const units = await neededUnits(fresh);
        for await (const { key } of fresh.list('models/'))
          expect(units).to.include(key.split('/').slice(0, 2).join('/'));
        for await (const { key } of fresh.list('audio/')) expect(units).to.include(key);
        expect(await collect(fresh)).to.be.empty;
      }),
      { numRuns: 8 },
    );
  }).timeout(60_000);

  it('keeps the model of the champion and of those before it', async () => {
    for (const [seed, name] of ['old', 'new'].entries()) {
      await storeRun(store, name, { rows: rowsFrom(0, 30), config: { training: { ...ORIGINAL_TRAINING, seed } } });
      await promoteRun(store, name);
    }
    const runs = await recordedRuns(store);
    for (const { name } of runs) await store.delete(`runs/${name}.json`);
    const removed = await collect(store);
    expect(removed.filter((unit) => unit.startsWith('reports/'))).to.have.length(2);
    expect(removed.filter((unit) => unit.startsWith('audio/'))).to.have.length(30);
    for (const run of runs) {
      expect(await readManifest(store, `models/${stageKey(run, 'trainModel')}`)).not.to.equal(undefined);
    }
  });

  it('keeps what a schedule compares its next data with', async () => {
    const run = await storeRun(store, 'weekly-1', { rows: rowsFrom(0, 30) });
    const [catalogue, plan] = [stageKey(run, 'fetchCorpus')!, stageKey(run, 'planShards')!];
    await store.put('schedules/weekly.json', new TextEncoder().encode(JSON.stringify({ catalogue, plan })));
    await store.delete('runs/weekly-1.json');
    await collect(store);
    expect(await readManifest(store, `catalogues/${catalogue}`)).not.to.equal(undefined);
    for (const { folder } of (await readPlan(store, plan)).shards) {
      expect(await readManifest(store, folder)).not.to.equal(undefined);
    }
    expect(await store.head(audioKey(recording(0)))).not.to.equal(undefined);
  });

  for (const [what, keeps] of [
    ['with nothing but its beginning', 0],
    ['up to its plan', 2],
  ] as const) {
    it(`keeps what a run would reuse whose end was not recorded, ${what}, and nothing else`, async () => {
      const other = { training: { ...ORIGINAL_TRAINING, seed: 9 } };
      const run = await storeRun(store, 'cut-off', { rows: rowsFrom(0, 30), state: 'running' });
      const forgotten = await storeRun(store, 'forgotten', { rows: rowsFrom(0, 30), config: other });
      await store.delete('runs/forgotten.json');
      const stages = run.stages.map((line, index) => (index < keeps ? line : { stage: line.stage, state: 'waiting' }));
      await store.put('runs/cut-off.json', new TextEncoder().encode(JSON.stringify({ ...run, stages })));

      const removed = await collect(store);
      const report = `reports/${stageKey(run, 'writeReport')}`; // made anew from the evaluation
      expect((await missing(store, run)).filter((folder) => folder !== report)).to.be.empty;
      expect(removed).to.include(`models/${stageKey(forgotten, 'trainModel')}`);
    });
  }

  it('keeps what is younger than the grace time: its run may not have told yet', async () => {
    await storeRun(store, 'gone', { rows: rowsFrom(0, 30) });
    await store.delete('runs/gone.json');
    expect(await collect(store, Date.now() - 60_000)).to.be.empty;
    expect(await collect(store)).not.to.be.empty;
  });

  it('holds up runs that would begin while it goes on, and another collection', async () => {
    const collection = await beginCollection(store);
    const fetch = () => refuseWhileCollected(store);
    expect(await failureOf(fetch)).to.include({ kind: 'StoreUnavailable' }); // which is tried again
    expect(await failureOf(() => beginCollection(store))).to.include({ kind: 'BadConfig' });
    await collection.renew();
    await collection.end();
    await fetch();
    await (await beginCollection(store)).end();
  });

  it('holds up nobody for long when it was killed, and stops when another one has begun', async () => {
    const silent = await beginCollection(store);
    const lapsed = new TextEncoder().encode(JSON.stringify({ until: new Date(Date.now() - 1).toISOString() }));
    await store.put('collection.json', lapsed);
    await refuseWhileCollected(store);
    const other = await beginCollection(store);
    expect(await failureOf(() => silent.renew())).to.include({ kind: 'StoreUnavailable' });
    await silent.end();
    expect(await failureOf(() => refuseWhileCollected(store))).to.include({ kind: 'StoreUnavailable' });
    await other.end();
  });

  it('removes what killed writers left behind, once it is old', async () => {
    const folder = join(fileURLToPath(store.url), 'models', 'half');
    mkdirSync(folder, { recursive: true });
    for (const name of ['.tmp-old', '.tmp-new']) writeFileSync(join(folder, name), 'half');
    utimesSync(join(folder, '.tmp-old'), 1, 1);
    expect(await store.leftovers(Date.now() - 60_000, false)).to.deep.equal({ count: 1, sizeBytes: 4 });
    expect(await store.leftovers(Date.now() - 60_000, true)).to.deep.equal({ count: 1, sizeBytes: 4 });
    expect(await store.leftovers(LATER, false)).to.deep.equal({ count: 1, sizeBytes: 4 });
  });

  it('leaves tables of predictions alone, but for those older than it is told', async () => {
    const folder = scratchFolder();
    const environment = { SER_STORE: join(folder, 'store') };
    const context = createContext({ quiet: true }, { environment, workingFolder: folder });
    const own = await openStore({ url: join(folder, 'store') });
    const daysAgo = { old: 100, recent: 10, new: 0 };
    for (const [key, days] of Object.entries(daysAgo)) {
      const seconds = Date.now() / 1000 - days * 86_400;
      for (const name of ['manifest.json', 'predictions.parquet']) {
        await own.put(`predictions/${key}/${name}`, new Uint8Array(10));
        utimesSync(join(folder, 'store', 'predictions', key, name), seconds, seconds);
      }
    }
    const tables = async () => [...new Set((await keysUnder(own, 'predictions/')).map((key) => key.split('/')[1]))];
    const units = async (options: Partial<GcOptions>) => {
      let printed = '';
      context.terminal.print = (text) => void (printed += text);
      expect(await gc({ grace: '1d', output: 'json', ...options }, context)).to.equal(0);
      return (JSON.parse(printed) as { garbage: { unit: string }[] }).garbage.map(({ unit }) => unit).sort();
    };
    expect(await units({ delete: true })).to.be.empty;
    expect(await units({ predictions: '90d' })).to.deep.equal(['predictions/old']);
    expect(await units({ predictions: '1s' }), 'what is new has its grace').to.deep.equal([
      'predictions/old',
      'predictions/recent',
    ]);
    expect(await tables()).to.have.members(['old', 'recent', 'new']);
    await units({ predictions: '90d', delete: true });
    expect(await tables()).to.have.members(['recent', 'new']);
  });
});
