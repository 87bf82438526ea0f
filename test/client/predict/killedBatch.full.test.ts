import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { writeSmallCorpus } from '../../durability/smallCorpus.js';
import { ser, startSer } from '../../support/command.js';
import { scratchFolder } from '../../support/folders.js';
import { writeUntrainedBundle } from '../../support/untrainedBundle.js';

const KILLS = 4;

describe('a batch of predictions that is killed again and again', function () {
  this.timeout(300_000);

  it('ends with the table of an undisturbed one', async () => {
    const folder = scratchFolder();
    await writeSmallCorpus(join(folder, 'calls'), 1);
    writeUntrainedBundle(join(folder, 'bundle'));
    const args = (out: string) => ['predict', 'calls', '--model', 'bundle', '--threads', '1', '--out', out];
    expect((await ser(args('whole.csv'), { folder })).code).to.equal(0);
    const whole = readFileSync(join(folder, 'whole.csv'));
    const rows = whole.toString().trimEnd().split('\n').length - 1;
    expect(rows).to.be.above(500);

    const path = join(folder, 'killed.csv');
    const sizes: number[] = [];
    for (let kill = 1; kill <= KILLS; kill++) {
      const command = startSer(args('killed.csv'), { folder });
      await grown(path, (whole.length * kill) / (KILLS + 2), command.ended);
      command.child.kill('SIGKILL');
      expect((await command.ended).code, 'it was killed before it ended').to.equal(-1);
      expect(existsSync(`${path}.resume`)).to.equal(true);
      sizes.push(readFileSync(path).length);
    }
    expect(sizes).to.deep.equal(sizes.toSorted((a, b) => a - b));
    const { code, stderr } = await ser(args('killed.csv'), { folder });
    expect(code).to.equal(0);
    expect(Number(/going on with .*: (\d+) of/.exec(stderr)?.[1])).to.be.within(rows / 2, rows - 1);
    expect(readFileSync(path).equals(whole)).to.equal(true);
    expect(existsSync(`${path}.resume`)).to.equal(false);
  });
});

/** Waits until a file has so many bytes; fails when the command ends first. */
async function grown(path: string, bytes: number, ended: Promise<unknown>): Promise<void> {
  let over = false;
  void ended.then(() => (over = true));
  while (!existsSync(path) || readFileSync(path).length < bytes) {
    if (over) throw new Error('it ended before it could be killed');
    await sleep(2);
  }
}
