import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { repository, scratchFolder } from '../support/folders.js';

describe('a bench without its data', function () {
  this.timeout(120_000);

  /** Runs a bench in an empty folder; gives its exit code and what it says of the bench. */
  function bench(...args: string[]): Promise<{ code: unknown; lines: string[] }> {
    const command = ['--import', import.meta.resolve('tsx'), join(repository, 'bench/run.ts'), ...args];
    return new Promise((ended) => {
      execFile(process.execPath, command, { cwd: scratchFolder() }, (error, _, stderr) => {
        ended({ code: error?.code ?? 0, lines: stderr.trim().split('\n') });
      });
    });
  }

  it('says in a line what it wants, and ends with 2', async () => {
    const empty = scratchFolder();
    const other = join(scratchFolder(), 'other.csv');
    mkdirSync(join(empty, 'deeper'));
    writeFileSync(other, 'a,b\n1,2\n');
    const table = 'Name a table of features that librosa computed by --reference CSV.';
    const cases = [
      [['preset', 'nowhere'], 'bench preset: nowhere: there are no recordings. Name the folder of a corpus.'],
      [['preset', empty], `bench preset: ${empty}: there are no recordings. Name the folder of a corpus.`],
      [['parity', '--reference', 'no.csv'], `bench parity: no.csv: there is no such file. ${table}`],
      [['parity', '--reference', other], `bench parity: ${other}: its header is not that of librosa195. ${table}`],
    ] as const;
    for (const [args, line] of cases) {
      const { code, lines } = await bench(...args);
      expect([code, lines.at(-1)]).to.deep.equal([2, line]);
      expect(lines.filter((one) => /^\s+at /.test(one))).to.be.empty; // no stack trace
    }
  });
});
