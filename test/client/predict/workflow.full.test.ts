import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { createProject, type Project, SHORT } from '../../support/project.js';

describe('a batch of predictions by the workers', function () {
  this.timeout(240_000);
  let project: Project;
  let unseen: string;

  before(async () => {
    project = await createProject();
    unseen = join(project.folder, 'unseen');
    mkdirSync(unseen);
    expect((await project.ser('run', '--data', 'corpus', '--name', 'teacher', ...SHORT)).code).to.equal(0);
  });

  it('answers what the command answers by itself, and is not done twice', async () => {
    const alone = await project.ser('predict', 'corpus', '-o', 'csv');
    const batch = await project.ser('predict', 'corpus', '--workflow', '-o', 'csv');
    expect(batch.code, batch.stderr).to.equal(0);
    expect(batch.stdout).to.equal(alone.stdout);
    expect(batch.stderr)
      .to.match(/predictRecordings +\d.* answers, 0 rejected/)
      .and.not.contain('Warning');

    const again = await project.ser('predict', 'corpus', '--workflow', '--out', 'again.csv');
    expect(again.stderr.match(/^= \w+ +reused/gm)).to.have.length(4);
    expect(readFileSync(join(project.folder, 'again.csv'), 'utf8')).to.equal(alone.stdout);
  });

  it('gives a bad recording a row with its error, and refuses a batch that has no other', async () => {
    writeFileSync(join(unseen, 'note.wav'), 'no recording at all');
    const none = await project.ser('predict', 'unseen', '--workflow', '-o', 'csv');
    expect(none.code, none.stderr).to.equal(4);
    expect(none.stdout).to.match(/^unseen\/note\.wav,.*text file/m);
  });

  it('does not slide', async () => {
    const { code, stderr } = await project.ser('predict', 'corpus', '--workflow', '--window', '3');
    expect(code).to.equal(2);
    expect(stderr).to.contain('--window');
  });
});
