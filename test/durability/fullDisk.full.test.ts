import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { openStore } from '../../core/store/open.js';
import { scratchFolder } from '../support/folders.js';
import { runConfig } from '../support/runConfig.js';
import { contentsOf } from './contents.js';
import { writeSmallCorpus } from './smallCorpus.js';
import { activitiesOver, createInlinePool, prepareTraining } from './stagesInProcess.js';

const mount = (...args: string[]) => execFileSync('mount', args, { stdio: 'pipe' });

describe('a store on a disk that is full', function () {
  this.timeout(60_000);
  const folder = scratchFolder();
  const disk = join(folder, 'disk');

  before(function () {
    mkdirSync(disk);
    try {
      mount('-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', disk);
    } catch {
      console.log('    skipped: a small disk can be mounted by root alone');
      this.skip();
    }
  });
  after(() => {
    try {
      execFileSync('umount', [disk], { stdio: 'pipe' });
    } catch {
      // it was not mounted
    }
  });

  it('names the file and the cause, and ends with the same bytes once there is room', async () => {
    const corpus = join(folder, 'corpus');
    await writeSmallCorpus(corpus, 6);
    const prepare = async (url: string) => {
      const store = await openStore({ url });
      const config = { ...runConfig(), store: store.url, data: { sources: [corpus], maxRejected: 0 } };
      await prepareTraining(activitiesOver(store, createInlinePool(store)), config);
      return contentsOf(store);
    };
    const error: unknown = await prepare(disk).catch((thrown: unknown) => thrown);
    expect(error).to.include({ type: 'StoreUnavailable', nonRetryable: false });
    expect(String(error)).to.contain(disk).and.contain('the disk is full (ENOSPC)');

    mount('-o', 'remount,size=64m', disk);
    expect(await prepare(disk)).to.deep.equal(await prepare(join(folder, 'roomy')));
  });
});
