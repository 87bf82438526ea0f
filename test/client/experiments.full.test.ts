import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect } from 'chai';
import type { ExperimentResults } from '../../core/contracts/experiment.js';
import type { RunStatus } from '../../core/contracts/runs.js';
import { parseCsv } from '../../core/corpora/csv.js';
import type { Ended } from '../support/command.js';
import { sharedProject, SHORT, type UsedProject } from '../support/project.js';

const words = ({ code, stdout, stderr }: Ended) => `exit ${code}\n${stdout}\n${stderr}`;

describe('experiments on the command line', function () {
  this.timeout(120_000);
  let project: UsedProject;
  before(async () => (project = await sharedProject()));

  describe('run --folds', () => {
    let ended: Ended;
    before(async () => {
      ended = await project.ser('run', '--data', 'corpus', '--name', 'folds', '--folds', '2', '--seeds', '2', ...SHORT);
    });

    it('prints every fold and seed, mean and deviation, and intervals', () => {
      expect(ended.code, words(ended)).to.equal(0);
      expect(ended.stderr)
        .to.match(/= extractFeatures +reused/)
        .and.match(/✓ runTrials/);
      for (const row of ['seed 0, fold 1', 'seed 1, fold 2', 'seed 1, all folds', 'mean ± deviation, seeds']) {
        expect(ended.stdout).to.include(row);
      }
      expect(ended.stdout).to.match(/95 % by speakers +\d+\.\d-\d+\.\d/);
      const report = /report {2}(\S+)/.exec(ended.stdout)![1]!;
      expect(readFileSync(resolve(project.folder, report), 'utf8')).to.include(
        '<h2 id="repetitions-heading">By fold</h2>',
      );
    });

    it('is a run to all other commands, without a model', async () => {
      const status = JSON.parse((await project.ser('status', 'folds', '-o', 'json')).stdout) as { status: RunStatus };
      expect(status.status.experiment).to.include({ total: 4, done: 4, failed: 0 });
      expect((await project.ser('runs', 'list')).stdout).to.match(/^folds +completed/m);
      expect((await project.ser('runs', 'show', 'folds')).stdout).to.match(/^poolTrials {2}experiments\//m);
      const predicted = await project.ser('predict', '--model', 'folds', 'corpus');
      expect(predicted.code).to.equal(2);
      expect(predicted.stderr).to.include('is an experiment, which leaves no model').and.include('--name folds-best');
      expect((await project.ser('promote', 'folds')).code).to.equal(2);
    });

    it('trains nothing twice when it is typed again, as its dry run says', async () => {
      const typed = ['run', '--data', 'corpus', '--name', 'folds', '--folds', '2', '--seeds', '2', ...SHORT];
      expect((await project.ser(...typed, '--dry-run')).stdout).to.match(/reuse +runTrials +all 4 stand/);
      const again = await project.ser(...typed);
      expect(again.stderr)
        .to.match(/= poolTrials +reused/)
        .and.match(/= writeReport +reused/);
    });

    it('is refused with what it does not go with', async () => {
      const both = await project.ser('run', '--data', 'corpus', '--folds', '2', '--fold', '1/2');
      expect(both.code).to.equal(2);
      expect(both.stderr).to.include('in: --fold');
      const many = await project.ser('run', '--data', 'corpus', '--folds', '50', '--seeds', '50');
      expect(many.stderr).to.include('it would be 2500 trainings');
    });
  });

  describe('sweep', () => {
    const spec = {
      ...{ name: 'rates', data: 'corpus', base: { epochs: 3 }, search: { learningRate: [0.01, 0.001] } },
      ...{ inner: { folds: 2 }, stop: { keep: 1 } },
    };

    it('prints its trials, for people and for programs, and the command of the best', async () => {
      writeFileSync(join(project.folder, 'sweep.json'), JSON.stringify(spec));
      const text = await project.ser('sweep', 'sweep.json');
      expect(text.code, words(text)).to.equal(0);
      expect(text.stdout)
        .to.match(/learningRate 0\.01 +2\/2 +\d/)
        .and.match(/\.\/ser run --data \S+ --name rates-best/);
      const csv = parseCsv((await project.ser('sweep', 'sweep.json', '-o', 'csv', '--quiet')).stdout);
      expect(csv).to.have.length(3);
      expect(csv[0]).to.include.members(['trial', 'learningRate', 'macroF1', 'low', 'high']);
      const json = await project.ser('sweep', 'sweep.json', '-o', 'json', '--quiet');
      const { results } = JSON.parse(json.stdout) as { results: ExperimentResults };
      expect(results.search!.trials).to.have.length(2);
      const command = /\.\/ser (run .*-best.*)/.exec(text.stdout)![1]!;
      expect((await project.ser(...command.split(' '), '--dry-run')).stdout).to.match(/reuse +trainModel/);
    });

    it('names the entry that is wrong', async () => {
      writeFileSync(
        join(project.folder, 'wrong.json'),
        JSON.stringify({ ...spec, search: { learningRate: ['fast'] } }),
      );
      const { code, stderr } = await project.ser('sweep', 'wrong.json');
      expect(code).to.equal(2);
      expect(stderr).to.include('in: wrong.json: search.learningRate');
    });
  });
});
