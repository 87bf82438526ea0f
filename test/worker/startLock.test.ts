import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { withStartLock } from '../../worker/startLock.js';
import { scratchHome } from '../support/folders.js';

describe('the lock of what is started', () => {
  it('lets one in at a time, in whatever way the one before ended', async () => {
    const home = scratchHome();
    let inside = 0;
    let most = 0;
    const enter = (fails: boolean) =>
      withStartLock(home, async () => {
        most = Math.max(most, ++inside);
        await new Promise(setImmediate);
        inside -= 1;
        if (fails) throw new Error('it did not start');
      });
    const ends = await Promise.allSettled([enter(true), enter(false), enter(true), enter(false)]);
    expect(ends.map(({ status }) => status).sort()).to.deep.equal(['fulfilled', 'fulfilled', 'rejected', 'rejected']);
    expect(most).to.equal(1);
    expect(existsSync(join(home.folder, 'starting.json'))).to.equal(false);
  });

  it('is taken over from a process that was killed', async () => {
    const home = scratchHome();
    writeFileSync(join(home.folder, 'starting.json'), JSON.stringify({ pid: 2 ** 22 + 1, startMark: '1' }));
    expect(await withStartLock(home, () => Promise.resolve('inside'))).to.equal('inside');
  });
});
