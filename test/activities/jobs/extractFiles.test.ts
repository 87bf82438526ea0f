import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { extractFiles } from '../../../activities/jobs/extractFiles.js';
import type { JobContext } from '../../../activities/jobs/job.js';
import { scratchFolder } from '../../support/folders.js';

describe('files that cannot be read', () => {
  it('each say why in plain words, and end nothing', async () => {
    const folder = scratchFolder();
    symlinkSync('nowhere', join(folder, 'link.wav'));
    symlinkSync('circle.wav', join(folder, 'circle.wav'));
    mkdirSync(join(folder, 'folder.wav'));
    writeFileSync(join(folder, 'empty.wav'), '');
    const names = ['link.wav', 'circle.wav', 'folder.wav', 'b\uFFFDse.wav', 'empty.wav'];
    const context: JobContext = {
      store: () => Promise.reject(new Error('no store')),
      report: () => {},
      keep: () => {},
    };
    const rows = await extractFiles(
      { paths: names.map((name) => join(folder, name)), features: 'librosa195' },
      context,
    );
    expect(rows.map((row) => ('error' in row ? row.error : ''))).to.deep.equal([
      'cannot be read: it is not there, or a link to nothing',
      'cannot be read: its symbolic links go in a circle',
      'cannot be read: it is a folder',
      'cannot be read: its name is not in UTF-8',
      'not a recording but an empty file',
    ]);
  });
});
