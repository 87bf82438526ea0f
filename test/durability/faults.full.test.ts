import { expect } from 'chai';
import { join } from 'node:path';
import { type MinioServer, startMinio } from '../../tools/minio.mjs';
import { scratchFolder } from '../support/folders.js';
import { type Lane, openLane, type Outcome } from './faultLane.js';
import { FAULTS, type FaultName } from './faultProxy.js';
import { writeSmallCorpus } from './smallCorpus.js';

/** Faults that cost a time-out each time; they strike a few times only, and beside the others. */
const STALLS: readonly FaultName[] = ['body that stops and never goes on', 'black hole'];
/** One request in so many is harmed, but for those of the stalls. */
const NTH = 5;
const STALLS_A_RUN = 2;

describe('a run through faults between worker and store', function () {
  this.timeout(120_000);
  let minio: MinioServer;
  const lanes: Lane[] = [];
  let undisturbed: Outcome;
  let stalled: Promise<Map<FaultName, Outcome>>;
  const table: string[] = [];

  before(async () => {
    const folder = scratchFolder();
    const corpus = join(folder, 'corpus');
    await writeSmallCorpus(corpus, 6);
    minio = await startMinio({ dir: join(folder, 'minio'), shared: false });
    const [quick, slow] = [
      await openLane('quick', minio, corpus, folder),
      await openLane('slow', minio, corpus, folder),
    ];
    lanes.push(quick, slow);
    undisturbed = await quick.run();
    expect(undisturbed.contents).to.not.be.empty;
    stalled = runThrough(slow, STALLS);
    stalled.catch(() => undefined); // its test tells
  });

  after(async () => {
    await Promise.all(lanes.map((lane) => lane.stop()));
    await minio?.stop();
    const rows = [
      'fault | times | run | s',
      `none | 0 | ${undisturbed.state} | ${undisturbed.seconds.toFixed(1)}`,
      ...table,
    ];
    console.log(rows.map((row) => `    | ${row} |`).join('\n'));
  });

  for (const fault of Object.keys(FAULTS) as FaultName[]) {
    it(`ends with the same bytes: ${fault}`, async () => {
      const outcome = STALLS.includes(fault)
        ? (await stalled).get(fault)!
        : await lanes[0]!.run({ name: fault, nth: NTH });
      table.push([fault, outcome.injected, outcome.state, outcome.seconds.toFixed(1)].join(' | '));
      expect(outcome.injected).to.be.above(0);
      expect(outcome.state).to.equal('completed');
      expect(outcome.contents).to.deep.equal(undisturbed.contents);
    });
  }
});

async function runThrough(lane: Lane, faults: readonly FaultName[]): Promise<Map<FaultName, Outcome>> {
  const outcomes = new Map<FaultName, Outcome>();
  for (const name of faults) outcomes.set(name, await lane.run({ name, nth: 1, atMost: STALLS_A_RUN }));
  return outcomes;
}
