import { mkdirSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { outFailure } from '../../client/outFailure.js';
import { SerError } from '../../core/contracts/errors.js';
import { scratchFolder } from '../support/folders.js';

async function writing(path: string): Promise<unknown> {
  return outFailure(await writeFile(path, 'table').catch((error: unknown) => error), path);
}

describe('a failed write of what --out names', () => {
  it('is wrong use, in plain words, where the place is wrong', async () => {
    const folder = scratchFolder();
    writeFileSync(join(folder, 'file'), '');
    mkdirSync(join(folder, 'folder.csv'));
    const expected = {
      'nowhere/out.csv': 'there is no folder to write it into',
      'file/out.csv': 'there is a file where its folder would be',
      'folder.csv': 'is a folder',
      [`${'n'.repeat(300)}.csv`]: 'has too long a name',
    };
    for (const [name, what] of Object.entries(expected)) {
      const path = join(folder, name);
      expect(await writing(path)).to.include({
        kind: 'BadConfig',
        what,
        subject: path,
        remedy: 'Choose another --out.',
      });
    }
  });

  it('is a failure of the disk where that is full or broken', () => {
    const failing = (code: string) => outFailure(Object.assign(new Error(code), { code }), 'out.csv');
    expect(failing('ENOSPC')).to.include({ kind: 'StoreUnavailable', what: 'the disk is full' });
    expect(failing('EIO')).to.include({ kind: 'StoreUnavailable', what: 'cannot be written (EIO)' });
  });

  it('leaves errors that are none of the system as they are', () => {
    for (const error of [new SerError('BadInput', 'x'), new TypeError('a mistake of ours')]) {
      expect(outFailure(error, 'out.csv')).to.equal(error);
    }
  });
});
