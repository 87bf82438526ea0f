import { expect } from 'chai';
import { metricLines, progressOf, rejectLines, runLines, stageLine, waitingLines } from '../../client/runLines.js';
import type { RunView } from '../../client/runStatus.js';
import { createProgressLine } from '../../client/progressLine.js';
import type { Rate } from '../../client/rate.js';
import { STAGES } from '../../core/contracts/names.js';
import type { RunStatus, StageState } from '../../core/contracts/runs.js';
import { fakeTerminal } from '../support/fakeTerminal.js';
import { runConfig } from '../support/runConfig.js';

const terminal = fakeTerminal();

/** A run that is at one stage, with all before it done. */
function statusAt(stage: (typeof STAGES)[number], change: Partial<RunStatus> = {}): RunStatus {
  const at = STAGES.indexOf(stage);
  const stateOf = (index: number): StageState => (index < at ? 'done' : index === at ? 'running' : 'waiting');
  return {
    name: 'test',
    workflowId: 'ser-run-test',
    executionId: 'execution',
    state: 'running',
    config: runConfig(),
    version: '0.1.0',
    startedAt: '2026-03-01T10:00:00.000Z',
    stages: STAGES.map((name, index) => ({ stage: name, state: stateOf(index) })),
    ...change,
  };
}

const viewOf = (status: RunStatus, change: Partial<RunView> = {}): RunView => ({ status, retries: [], ...change });

describe('the line of a stage', () => {
  it('tells what was done, how long it took, what came out and under which key', () => {
    const line = stageLine(
      {
        stage: 'trainModel',
        state: 'done',
        key: '0123456789abcdef',
        startedAt: '2026-03-01T10:00:00.000Z',
        finishedAt: '2026-03-01T10:03:05.000Z',
        note: '42 epochs on fused, best 27',
      },
      terminal,
    );
    expect(line).to.equal('✓ trainModel        3 min 05 s 42 epochs on fused, best 27 0123456789ab');
  });

  it('tells of a reused stage that it was reused, and from which key', () => {
    const line = stageLine({ stage: 'splitUtterances', state: 'reused', key: 'fedcba9876543210' }, terminal);
    expect(line).to.equal('= splitUtterances   reused fedcba987654');
  });

  it('has a mark of its own for what failed', () => {
    expect(stageLine({ stage: 'writeReport', state: 'failed', note: 'the disk is full' }, terminal)).to.match(/^✗ /);
  });
});

describe('what a run is at', () => {
  it('is files and shards while features are extracted', () => {
    const shards = { total: 24, reused: 3, done: 6, failed: 0, files: 1462, filesDone: 412 };
    expect(progressOf(viewOf(statusAt('extractFeatures', { shards })))).to.deep.equal({
      stage: 'extractFeatures',
      done: 412,
      total: 1462,
      text: '412/1462 files, 9/24 shards',
    });
    const broken = statusAt('extractFeatures', { shards: { ...shards, failed: 2 } });
    expect(progressOf(viewOf(broken))!.text).to.equal('412/1462 files, 9/24 shards, 2 failed');
  });

  it('is how fast they come and how long it will take, in the words of downloads, once that is known', () => {
    const shards = { total: 24, reused: 3, done: 6, failed: 0, files: 1462, filesDone: 412 };
    const lineAt = (extracting: Rate) => progressOf(viewOf(statusAt('extractFeatures', { shards }), { extracting }))!;
    const counts = '412/1462 files, 9/24 shards';
    expect(lineAt({ perSecond: 38.2, secondsLeft: 27.5 }).text).to.equal(`${counts}, 38 files/s, 28 s left`);
    expect(lineAt({ perSecond: 0.42, secondsLeft: 2500 }).text).to.equal(`${counts}, 0.4 files/s, 41 min 40 s left`);
    expect(lineAt({ perSecond: 38.2, secondsLeft: 0 }).text).to.equal(`${counts}, 38 files/s`);
  });

  it('is epoch and validation while the network trains', () => {
    const last = {
      epoch: 12,
      trainLoss: 1,
      trainAccuracy: 0.6,
      validationLoss: 0.98765,
      validationAccuracy: 0.6543,
      learningRate: 0.001,
      seconds: 0.1,
    };
    expect(progressOf(viewOf(statusAt('trainModel'), { training: { epochs: 100, last } }))).to.deep.equal({
      stage: 'trainModel',
      done: 12,
      total: 100,
      text: 'epoch 12, validation loss 0.988, accuracy 65.4 %',
    });
  });

  it('is what comes down the line while a corpus is fetched, with rate and time left', () => {
    const download = { what: 'corpus.zip', done: 84_200_000, total: 208_500_000, unit: 'bytes' } as const;
    const lineOf = (fetching: RunView['fetching']) =>
      progressOf(viewOf(statusAt('fetchCorpus'), { fetching: fetching! }));
    expect(lineOf({ ...download, perSecond: 12_300_000 })).to.deep.equal({
      stage: 'fetchCorpus',
      done: 84_200_000,
      total: 208_500_000,
      text: 'corpus.zip: 84.2 MB of 208.5 MB, 12.3 MB/s, 10 s left',
    });
    expect(lineOf({ ...download, total: 0 })!.text).to.equal('corpus.zip: 84.2 MB');
    expect(lineOf({ what: 'CREMA-D', done: 412, total: 7442, unit: 'files', perSecond: 38.2 })!.text).to.equal(
      'CREMA-D: 412 files of 7442 files, 38 files/s, 3 min 04 s left',
    );
    expect(lineOf({ ...download, note: 'the server asks to wait (429); trying again in 60 s' })).to.include({
      text: 'corpus.zip: the server asks to wait (429); trying again in 60 s',
      news: 'the server asks to wait (429); trying again in 60 s',
    });
    expect(lineOf({ files: 1462, filesDone: 32 })!.text).to.equal('32/1462 files');
  });

  it('says which attempt it is, and what the last one failed with', () => {
    const retry = {
      name: 'fetchCorpus',
      attempt: 3,
      lastFailure: 'the store is away\n  at nowhere',
      heartbeat: undefined,
    };
    expect(progressOf(viewOf(statusAt('fetchCorpus'), { retries: [retry] }))!.text).to.equal(
      '(attempt 3 after: the store is away)',
    );
  });

  it('is nothing when the run is over', () => {
    const status = statusAt('fetchCorpus');
    status.stages.forEach((stage) => (stage.state = 'done'));
    expect(progressOf(viewOf(status))).to.equal(undefined);
  });
});

describe('a run as text', () => {
  it('leaves out the stages that wait', () => {
    const lines = runLines(viewOf(statusAt('splitUtterances')), terminal);
    expect(lines[0]).to.match(/^test {2}running/);
    for (const [index, stage] of STAGES.entries()) {
      expect(
        lines.some((line) => line.includes(stage)),
        stage,
      ).to.equal(index <= STAGES.indexOf('splitUtterances'));
    }
  });

  it('ends with what it failed with', () => {
    const failure = { kind: 'DataRefused', what: 'too few', subject: 'angry', remedy: 'Add some.' };
    const finishedAt = '2026-03-01T10:00:07.500Z';
    const lines = runLines(viewOf(statusAt('splitUtterances', { state: 'failed', failure, finishedAt })), terminal);
    expect(lines[0]).to.match(/^test {2}failed {2}7\.5 s/);
    expect(lines.slice(-3)).to.deep.equal(['  failed: too few', '      in: angry', '      do: Add some.']);
  });

  it('that waits for somebody says what failed, for how long it waits and what to type', () => {
    const failedShards = { shards: '3', count: 1, first: [{ shard: 3, what: 'a.wav: is altered' }] };
    const linesOf = (config: Partial<RunStatus['config']>) =>
      waitingLines(statusAt('extractFeatures', { failedShards, config: runConfig(config) }));
    expect(linesOf({})[0]).to.equal('ser: run test waits: 1 shard stayed failed');
    expect(linesOf({ waitAtMostSeconds: 7200 })[0]).to.equal(
      'ser: run test waits, 2 h 00 min at most: 1 shard stayed failed',
    );
    expect(linesOf({})[1]).to.equal('  in: shard 3: a.wav: is altered');
    expect(linesOf({})[2]).to.contain('./ser resume test').and.contain('./ser resume test --skip-failed');
  });

  it('names the rejects, and how many more there are', () => {
    const catalogue = { files: 100, usable: 75, rejected: 25, hours: 1 };
    const rejects = [{ path: 'a.wav', reason: 'is silent' }];
    const lines = rejectLines(statusAt('planShards', { catalogue, rejects })).join('\n');
    expect(lines).to.contain('25 rejected').and.contain('a.wav: is silent').and.contain('and 24 more');
  });

  it('gives the metrics in percent', () => {
    const metrics = { accuracy: 0.623, balancedAccuracy: 0.6, logLoss: 1.23456, count: 227, macroF1: 0.64321 };
    const lines = metricLines(statusAt('writeReport', { metrics })).join('\n');
    expect(lines)
      .to.match(/accuracy +62\.30 %/)
      .and.match(/macro F1 +64\.32 %/)
      .and.match(/log loss +1\.2346/);
    expect(metricLines(statusAt('writeReport'))).to.deep.equal([]);
  });
});

describe('progress', () => {
  it('is a line every tenth where nobody watches', () => {
    const watched = fakeTerminal();
    const line = createProgressLine(watched);
    for (let done = 0; done <= 40; done++) line.update('extractFeatures', done, 40, `${done}/40 files`);
    expect(watched.said).to.have.length(11);
    expect(watched.said[0]).to.contain('1/40 files');
    expect(watched.said.at(-1)).to.contain('40/40 files');
  });

  it('tells news at once where nobody watches, and each once', () => {
    const watched = fakeTerminal();
    const line = createProgressLine(watched);
    for (const news of [undefined, 'busy', 'busy', undefined, undefined]) line.update('a', 0, 0, news ?? '', news);
    expect(watched.said.map((words) => words.trim().split(/ +/))).to.deep.equal([['a', 'busy']]);
  });

  it('is nothing when quiet was asked for', () => {
    const quiet = fakeTerminal({ quiet: true });
    createProgressLine(quiet).update('extractFeatures', 40, 40, '40/40 files');
    expect(quiet.said).to.deep.equal([]);
  });
});
