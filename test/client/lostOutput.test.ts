import { existsSync } from 'node:fs';
import { expect } from 'chai';
import { ser } from '../support/command.js';
import { scratchFolder } from '../support/folders.js';

const FULL = '/dev/full';

/** A command whose streams a shell has led elsewhere: `>/dev/full`. */
function redirected(where: string, args: string[]) {
  return ser(args, { folder: scratchFolder(), prefix: ['/bin/sh', '-c', `exec "$@" ${where}`, 'sh'] });
}

describe('a command whose output is not taken', function () {
  this.timeout(60_000);
  const asked = ['data', 'list', '--data', 'demo', '-o', 'json'];

  before(function () {
    if (existsSync(FULL)) return;
    console.log(`      no ${FULL} on this system: what a full disk does to results is not tried`);
    this.skip();
  });

  it('says that the disk is full, with exit code 3 and without a stack', async () => {
    const { code, stderr } = await redirected(`>${FULL}`, asked);
    expect(stderr)
      .to.match(/ser: the disk is full\n {2}in: stdout\n {2}do: .*\n$/)
      .and.not.match(/\bat .*\.[jt]s/);
    expect(code).to.equal(3);
  });

  it('gives its results when only its progress is lost', async () => {
    const { code, stdout } = await redirected(`2>${FULL}`, asked);
    expect(code).to.equal(0);
    expect(JSON.parse(stdout)).to.have.property('corpora');
  });
});
