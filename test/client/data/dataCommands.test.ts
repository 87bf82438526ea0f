import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { encodeWav } from '../../../core/corpora/demo/wav.js';
import type { CorpusSummary } from '../../../core/corpora/summary.js';
import type { Verification } from '../../../core/corpora/verify.js';
import { writeSmallCorpus } from '../../durability/smallCorpus.js';
import { type Ended, ser } from '../../support/command.js';
import { scratchHome } from '../../support/folders.js';

const CORPORA = ['CREMA-D', 'RAVDESS', 'SAVEE', 'TESS'];

type Summaries = { from: string; corpora: CorpusSummary[]; rejects: object[] };
type Verified = Verification & { passed: boolean; claimedWhole: string[]; total: { files: Record<string, number> } };

describe('the data commands', function () {
  this.timeout(60_000);
  let folder: string;
  let files: number;
  let fetched: Ended;
  const type = (...args: string[]): Promise<Ended> => ser(['data', ...args], { folder });

  /** The result of a command that succeeds, as JSON. */
  async function json<T>(...args: string[]): Promise<T> {
    const { code, stdout, stderr } = await type(...args, '-o', 'json');
    expect(code, stderr).to.equal(0);
    return JSON.parse(stdout) as T;
  }

  before(async () => {
    folder = dirname(scratchHome().folder);
    await writeSmallCorpus(join(folder, 'corpus'), 11);
    writeFileSync(join(folder, 'corpus', 'DC_a01.wav'), 'these are words');
    files = (readdirSync(join(folder, 'corpus'), { recursive: true }) as string[]).filter((name) =>
      name.endsWith('.wav'),
    ).length;
    fetched = await type('fetch', 'corpus', '--max-rejected', '20%');
  });

  describe('`fetch`', () => {
    it('prints the corpora, the rejects with their reasons and the catalogue; licences and progress go to stderr', () => {
      const { code, stdout, stderr } = fetched;
      expect(code, stderr).to.equal(0);
      const lines = stdout.trimEnd().split('\n');
      expect(lines[0]).to.match(/^corpus +files +hours +speakers +angry +calm .* rejects$/);
      expect(lines.slice(1, 5).map((line) => line.split(' ')[0])).to.deep.equal(CORPORA);
      expect(lines[5]).to.match(new RegExp(`^all +${files} +0\\.\\d\\d .* 1$`));
      expect(lines[6]).to.equal('rejected DC_a01.wav: not a recording but a text file');
      expect(lines[7]).to.match(/^catalogue [0-9a-f]{12} in file:.*\/\.ser\/store$/);
      expect(lines).to.have.length(8);
      expect(stderr)
        .to.match(/^ {2}storing +\d+\/\d+ files$/m)
        .and.match(/^SAVEE: .*regist/m)
        .and.match(/^CREMA-D: /m);
    });

    it('typed again finds the same catalogue, as JSON with counts, corpora and rejects', async () => {
      const again = await json<{ catalogue: string; reused: boolean; counts: object; rejects: object[] } & Summaries>(
        'fetch',
        'corpus',
        '--max-rejected',
        '20%',
      );
      expect(again.reused).to.equal(true);
      expect(fetched.stdout).to.contain(`catalogue ${again.catalogue.slice(0, 12)}`);
      expect(again.counts).to.include({ files, usable: files - 1, rejected: 1 });
      expect(again.corpora.map(({ corpus }) => corpus)).to.deep.equal(CORPORA);
      expect(again.rejects).to.deep.equal([{ path: 'DC_a01.wav', reason: 'not a recording but a text file' }]);
    });

    it('ends with exit code 4 when more is rejected than allowed', async () => {
      const { code, stdout, stderr } = await type('fetch', 'corpus', '--max-rejected', '1%');
      expect({ code, stdout }).to.deep.equal({ code: 4, stdout: '' });
      expect(stderr).to.match(
        new RegExp(`^ser: 1 of ${files} files were rejected, more than 1 % of them: DC_a01`, 'm'),
      );
    });
  });

  describe('`list`', () => {
    it('shows the latest catalogue of the store in the table that `fetch` printed', async () => {
      const { code, stdout, stderr } = await type('list');
      expect(code).to.equal(0);
      expect(fetched.stdout.startsWith(stdout.trimEnd())).to.equal(true);
      expect(stderr).to.match(/^catalogue [0-9a-f]{12} of file:/);
    });

    it('counts files, rejects, hours, speakers and emotions of a source as JSON, without storing anything', async () => {
      const { from, corpora, rejects } = await json<Summaries>('list', '--data', 'corpus', '--store', 'other');
      expect(from).to.equal('corpus');
      expect(corpora.reduce((sum, one) => sum + one.files, 0)).to.equal(files);
      for (const { corpus, usable, rejected, hours, speakers, emotions } of corpora) {
        expect(
          Object.values(emotions).reduce((sum, count) => sum + count, 0),
          corpus,
        ).to.equal(usable);
        expect(rejected, corpus).to.equal(corpus === 'SAVEE' ? 1 : 0);
        expect(hours).to.be.within(0.0001, 0.1);
        expect(speakers).to.be.within(1, 10);
      }
      expect(readdirSync(folder)).not.to.include('other');
      expect(await json('list', 'corpus', '--store', 'other')).to.deep.equal({ from, corpora, rejects });
      expect(rejects).to.deep.equal([{ path: 'DC_a01.wav', reason: 'not a recording but a text file' }]);
    });

    it('says with exit code 2 that a store holds no catalogue', async () => {
      const { code, stderr } = await type('list', '--store', 'empty');
      expect(code).to.equal(2);
      expect(stderr).to.match(/^ser: holds no catalogue yet\n {2}in: file:.*empty\n {2}do: .*data fetch/);
    });
  });

  describe('`show`', () => {
    it('gives one corpus with its licence, its distributions and the official count of each emotion', async () => {
      const { code, stdout } = await type('show', 'ravdess');
      expect(code).to.equal(0);
      expect(stdout)
        .to.match(
          /^RAVDESS: \d+ recordings, 0\.\d\d h, \d speakers, \d sentences, 0 rejected\nlicence: CC BY-NC-SA 4\.0/,
        )
        .and.match(/^ {2}calm +\d+\/192 +█/m)
        .and.match(/^ {2}48000 Hz +\d+ +█+$/m)
        .and.match(/^seconds( +\d\.\d\d){5}$/m);
      for (const title of ['emotion', 'speaker', 'sex', 'intensity', 'sample rate', 'channels', 'container']) {
        expect(stdout).to.match(new RegExp(`^${title}$`, 'm'));
      }
    });

    it('names the rejects of a corpus, and gives all of it as JSON', async () => {
      const shown = await json<{ corpus: string; rejects: object[]; official: { official: number; missing: number } }>(
        'show',
        'SAVEE',
      );
      expect(shown.corpus).to.equal('SAVEE');
      expect(shown.rejects).to.deep.equal([{ path: 'DC_a01.wav', reason: 'not a recording but a text file' }]);
      expect(shown.official.official).to.equal(480);
    });

    it('says with exit code 2 which corpora there are when asked for another', async () => {
      const { code, stderr } = await type('show', 'emodb');
      expect(code).to.equal(2);
      expect(stderr).to.match(
        /^ser: there is no such corpus\n {2}in: emodb\n {2}do: There are CREMA-D, RAVDESS, SAVEE, TESS/,
      );
    });
  });

  describe('`verify`', () => {
    let verified: Ended;
    before(async () => {
      verified = await type('verify', 'corpus');
    });

    it('tells files under official names that hold other bytes, and ends with exit code 4', () => {
      const { code, stdout } = verified;
      expect(code).to.equal(4);
      expect(stdout)
        .to.match(/^\d+ altered, TESS:$/m)
        .and.match(/^ {2}demo\/TESS\/\S+\.wav: \d+ bytes instead of \d+$/m)
        .and.match(/^ {2}DC_a01\.wav: 15 bytes instead of \d+$/m)
        .and.match(/^Not as published: see above\.$/m);
    });

    it('sets what is there beside the official totals by corpus, speaker and emotion', () => {
      const { stdout } = verified;
      const official = {
        'CREMA-D': ['7,442', '91'],
        RAVDESS: ['1,440', '24'],
        SAVEE: ['480', '4'],
        TESS: ['2,800', '2'],
      };
      for (const [corpus, [count, speakers]] of Object.entries({ ...official, all: ['12,162', '121'] })) {
        expect(stdout).to.match(new RegExp(`^${corpus} +${count} .*\\d+/${speakers}$`, 'm'));
      }
      const byEmotion = {
        angry: [1271, 192, 60, 400, 1923],
        calm: ['-', 192, '-', '-', 192],
        disgust: [1271, 192, 60, 400, 1923],
        fear: [1271, 192, 60, 400, 1923],
        happy: [1271, 192, 60, 400, 1923],
        neutral: [1087, 96, 120, 400, 1703],
        sad: [1271, 192, 60, 400, 1923],
        surprise: ['-', 192, 60, 400, 652],
      };
      for (const [emotion, counts] of Object.entries(byEmotion)) {
        const cells = counts.map((count) => (count === '-' ? '-' : `\\d+/${count}`)).join(' +');
        expect(stdout).to.match(new RegExp(`^${emotion} +${cells}$`, 'm'));
      }
    });

    it('leaves other recordings alone: exit code 0, counted as unknown in the JSON', async () => {
      mkdirSync(join(folder, 'own', 'happy'), { recursive: true });
      writeFileSync(join(folder, 'own', 'happy', '1.wav'), encodeWav(new Float64Array(4000).fill(0.1), 16_000, 44));
      const { passed, total, unknown, claimedWhole } = await json<Verified>('verify', 'own');
      expect({ passed, claimedWhole }).to.deep.equal({ passed: true, claimedWhole: [] });
      expect(unknown).to.deep.equal([{ path: 'happy/1.wav', note: '' }]);
      expect(total.files).to.include({ official: 12_162, present: 0, missing: 12_162, altered: 0 });
    });

    it('is refused with exit code 2 without recordings', async () => {
      const { code, stderr } = await type('verify');
      expect(code).to.equal(2);
      expect(stderr).to.match(/^ser: names no recordings/);
    });
  });
});
