import type { Client } from '@temporalio/client';
import { expect } from 'chai';
import { keptRuns, onSchedule, putSchedule, rhythmOf, spanOf } from '../../client/schedules.js';
import { refuseVanishedClasses } from '../../activities/jobs/checkData.js';
import type { RetrainConfig } from '../../core/contracts/retraining.js';
import { failureOf } from '../support/failureOf.js';
import { runConfig } from '../support/runConfig.js';
import { freshClient } from '../support/server.js';

const DAY = 86_400;

function configOf(schedule: string, epochs = 3): RetrainConfig {
  const { training } = runConfig();
  return { schedule, run: runConfig({ training: { ...training, epochs } }), maxDrift: 0.2 };
}

describe('schedules', () => {
  let client: Client;
  before(async function () {
    this.timeout(60_000);
    client = await freshClient();
  });

  const describeIt = (name: string) => onSchedule(client, name, (handle) => handle.describe());

  it('skip what overlaps, catch up within their window and pause on failure', async () => {
    expect(await putSchedule(client, configOf('a'), { everySeconds: 7 * DAY }, DAY)).to.deep.equal({ updated: false });
    const description = await describeIt('a');
    expect(description.policies).to.deep.equal({ overlap: 'SKIP', catchupWindow: 1000 * DAY, pauseOnFailure: true });
    expect(rhythmOf(description)).to.equal('every 7 d');
    const [first, second, third] = description.info.nextActionTimes.map((time) => time.getTime());
    expect(second! - first!).to.equal(7000 * DAY);
    expect(third! - second!).to.equal(7000 * DAY);
  });

  it('are updated when created twice, and stay paused if they were', async () => {
    await putSchedule(client, configOf('b', 3), { everySeconds: DAY }, DAY);
    await onSchedule(client, 'b', (handle) => handle.pause('on holiday'));
    expect(await putSchedule(client, configOf('b', 9), { everySeconds: 3600 }, 60)).to.deep.equal({ updated: true });
    const { action, state, policies, spec } = await describeIt('b');
    const [config] = (action as unknown as { args: [RetrainConfig] }).args;
    expect(config.run.training.epochs).to.equal(9);
    expect(state).to.deep.include({ paused: true, note: 'on holiday' });
    expect(policies.catchupWindow).to.equal(60_000);
    expect(rhythmOf({ spec })).to.equal('every 1 h');
  });

  it('take a cron expression, and say what is wrong with a bad one', async () => {
    await putSchedule(client, configOf('c'), { cron: '0 2 * * 1' }, DAY);
    const description = await describeIt('c');
    const [next] = description.info.nextActionTimes;
    expect(rhythmOf(description)).to.equal('cron 0 2 * * 1');
    expect([next!.getUTCDay(), next!.getUTCHours(), next!.getUTCMinutes()]).to.deep.equal([1, 2, 0]);
    for (const cron of ['every monday', '99 * * * *', '0 2 31 13 *']) {
      const failure = await failureOf(() => putSchedule(client, configOf('d'), { cron }, DAY));
      expect(failure).to.include({ kind: 'BadConfig', subject: '--cron' });
      expect(failure.what).to.include(`got "${cron}": `);
    }
  });

  it('are refused by name when there is none', async () => {
    expect(await failureOf(() => describeIt('nobody'))).to.include({ kind: 'BadConfig', subject: 'nobody' });
  });

  it('keep a number of runs, or all', async () => {
    expect(['1', '10', 'all'].map(keptRuns)).to.deep.equal([{ keep: 1 }, { keep: 10 }, {}]);
    for (const text of ['0', '-1', '2.5', 'few', '']) {
      expect(await failureOf(() => keptRuns(text)), text).to.include({ kind: 'BadConfig', subject: '--keep' });
    }
  });

  it('tell spans in the largest unit that divides them', () => {
    expect([90, 1800, 7200, 7 * DAY].map(spanOf)).to.deep.equal(['90 s', '30 min', '2 h', '7 d']);
  });
});

describe('the check of new data', () => {
  const rows = (counts: Record<string, number>) =>
    Object.entries(counts).flatMap(([emotion, count]) => Array.from({ length: count }, () => ({ emotion })));

  it('lets classes grow, shrink a little and appear', () => {
    expect(() =>
      refuseVanishedClasses(rows({ calm: 10, sad: 10 }), rows({ calm: 6, sad: 30, fear: 1 })),
    ).not.to.throw();
  });

  it('refuses data in which classes have vanished, and names them', async () => {
    const failure = await failureOf(() =>
      refuseVanishedClasses(rows({ calm: 10, sad: 10, fear: 9 }), rows({ sad: 4, fear: 9 })),
    );
    expect(failure.kind).to.equal('DataRefused');
    expect(failure.what).to.contain('calm (0 recordings, 10 before), sad (4 recordings, 10 before)');
  });
});
