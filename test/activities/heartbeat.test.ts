import { expect } from 'chai';
import { beating, type Heart } from '../../activities/heartbeat.js';
import { type ActivityRun, createActivityRun } from '../support/activity.js';

/** Runs some work under a heart and gives the details of every heartbeat. */
async function beatsOf(work: (heart: Heart, activity: ActivityRun) => Promise<void>): Promise<unknown[]> {
  const activity = createActivityRun();
  await activity.run(() => beating((heart) => work(heart, activity)));
  return activity.beats;
}

describe('an activity that takes its time', () => {
  it('beats before it does anything', async () => {
    expect(await beatsOf(() => Promise.resolve())).to.deep.equal([undefined]);
  });

  it('tells at once how far it is', async () => {
    const beats = await beatsOf(({ report }) => {
      report({ filesDone: 1 });
      report({ filesDone: 2 });
      return Promise.resolve();
    });
    expect(beats).to.deep.equal([undefined, { filesDone: 1 }, { filesDone: 2 }]);
  });

  it('goes on beating while it waits, with the last it told', async () => {
    const beats = await beatsOf(async ({ report }, activity) => {
      report({ filesDone: 1 });
      await new Promise<void>((resolve) => activity.onBeat(() => activity.beats.length >= 4 && resolve()));
    });
    expect(beats).to.deep.equal([undefined, ...Array<unknown>(3).fill({ filesDone: 1 })]);
  });

  it('is told of its cancellation', async () => {
    await beatsOf((heart, activity) => {
      expect(heart.signal.aborted).to.equal(false);
      activity.cancel();
      expect(heart.signal.aborted).to.equal(true);
      return Promise.resolve();
    });
  });

  it('stops beating when it fails', async () => {
    const activity = createActivityRun();
    const failing = activity.run(() => beating(() => Promise.reject(new Error('it went wrong'))));
    expect(await failing.catch((error: Error) => error.message)).to.equal('it went wrong');
    const timers = process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;
    await activity.run(() => beating(() => Promise.resolve()));
    expect(process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout')).to.have.length(timers);
  });
});
