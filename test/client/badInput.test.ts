import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from '@temporalio/worker';
import { expect } from 'chai';
import { TASK_QUEUES } from '../../core/contracts/names.js';
import { encodeWav } from '../../core/corpora/demo/wav.js';
import { type Ended, ser } from '../support/command.js';
import { expectRefusal } from '../support/expectRefusal.js';
import { scratchFolder } from '../support/folders.js';
import { type Project, SECRETS, sharedProject, SHORT } from '../support/project.js';
import { freshClient, testServer } from '../support/server.js';
import { workerConnection } from '../support/workflows.js';

/** A command that is refused, before it starts anything, in a folder that has no `.ser`. */
function refused(args: string[], environment = {}): Promise<Ended> {
  return ser(args, { folder: scratchFolder(), environment });
}

describe('a wrong use of the command line', function () {
  this.timeout(120_000);

  const wrong: [string, string[], RegExp][] = [
    [
      'an unknown flag',
      ['run', '--data', 'demo', '--sede', '1'],
      /^ser: unknown option '--sede'\n {2}in: ser run\n {2}do: Did you mean --seed\? `.\/ser run --help`/,
    ],
    ['an unknown command', ['rum'], /^ser: unknown command 'rum'\n {2}in: ser\n {2}do: Did you mean run\? /],
    ['no data', ['run'], /^ser: required option '-d, --data <source\.\.\.>' not specified\n {2}in: ser run\n {2}do: /],
    ['an unknown output', ['status', '-o', 'xml'], /Allowed choices are text, json/],
    ['threads in words', ['status', '--threads', 'two'], /takes a whole number/],
    [
      'a bad name',
      ['run', '--data', 'demo', '--name', 'a/b'],
      /^ser: is no name for a run\n {2}in: a\/b\n {2}do: Use letters/,
    ],
    ['an unknown feature set', ['run', '--data', 'demo', '--features', 'mfcc'], /^ser: .*\n[^]*mfcc|mfcc/],
    ['an unknown backend', ['run', '--data', 'demo', '--backend', 'cuda'], /^ser: got "?cuda"?/m],
    [
      'an unknown queue',
      ['worker', '--queues', 'ser-gpu'],
      /^ser: got "ser-gpu"\n {2}in: --queues\n {2}do: It takes some of ser,/,
    ],
    [
      'a corpus that is not there',
      ['run', '--data', 'nowhere'],
      /^ser: there is no such folder.*\n {2}in: .*nowhere\n/,
    ],
    ['no model', ['predict', 'a.wav'], /^ser: .*\n {2}in: a\.wav\n/],
  ];
  it('is refused with exit code 2 and says what was wrong', async () => {
    const ended = await inPairs(wrong, ([, args]) => refused(args));
    wrong.forEach(([name, , message], index) => {
      const { code, stderr, stdout } = ended[index]!;
      expect({ code, stdout }, `${name}: ${stderr}`).to.deep.equal({ code: 2, stdout: '' });
      expect(stderr, name).to.match(message);
    });
  });

  it('of ser.config.json is refused with the name of the setting', async () => {
    const folder = scratchFolder();
    writeFileSync(join(folder, 'ser.config.json'), '{"threads": "many"}');
    const ended = await ser(['status'], { folder });
    expectRefusal(ended, 2, /^ser: threads: /, /ser\.config\.json/, /threads/);
  });
});

describe('data that cannot be used', function () {
  this.timeout(120_000);

  it('in an empty folder are refused with exit code 4', async () => {
    const folder = scratchFolder();
    mkdirSync(join(folder, 'empty'));
    const ended = await ser(['run', '--data', 'empty'], { folder });
    expectRefusal(ended, 4, /^ser: the folder holds no recordings$/, /empty$/, /Recordings are \.wav/);
  });

  describe('as the worker sees them', () => {
    let project: Project;
    let recordings: string[];
    before(async () => {
      project = await sharedProject();
      const files = readdirSync(project.corpus, { recursive: true }) as string[];
      recordings = files.filter((name) => name.endsWith('.wav')).map((name) => join(project.corpus, name));
    });

    /** A folder with the recordings that a test wants, flat. */
    function folderOf(files: readonly string[]): string {
      const folder = scratchFolder();
      for (const file of files) copyFileSync(file, join(folder, file.split('/').at(-1)!));
      return folder;
    }

    const emotionIs = (code: string) => (path: string) => path.includes(`_${code}_`);

    it('are refused with exit code 4 when a text file is all there is', async () => {
      const folder = scratchFolder();
      writeFileSync(join(folder, '1001_IEO_ANG_XX.wav'), 'these are words\n');
      const { code, stderr } = await project.ser('run', '--data', folder, '--name', 'words');
      expect(code, stderr).to.equal(4);
      expect(stderr).to.match(
        /^ser: none of 1 files is usable: 1001_IEO_ANG_XX\.wav: not a recording but a text file$/m,
      );
      expect(stderr).to.match(/^ {2}do: /m);
    });

    it('are rejected one by one with their reasons among good ones, and the run goes on', async () => {
      const folder = folderOf(recordings);
      const sound = readFileSync(recordings[0]!);
      writeFileSync(join(folder, '1090_IEO_ANG_XX.wav'), 'these are words\n');
      writeFileSync(join(folder, '1090_IEO_SAD_XX.wav'), sound.subarray(0, sound.length - 5000));
      writeFileSync(join(folder, '1090_IEO_HAP_XX.wav'), encodeWav(new Float64Array(16_000), 16_000, 44));
      const mixed = await project.ser('run', '--data', folder, '--name', 'mixed', ...SHORT);
      expect(mixed.code, mixed.stderr).to.equal(0);
      expect(mixed.stdout).to.match(/3 rejected:/);
      expect(mixed.stdout).to.match(/1090_IEO_ANG_XX\.wav: not a recording but a text file/);
      expect(mixed.stdout).to.match(
        /1090_IEO_SAD_XX\.wav: the file ends 0\.16 s \(2500 of \d+ frames\) before its header says/,
      );
      expect(mixed.stdout).to.match(/1090_IEO_HAP_XX\.wav: the recording is digital silence/);

      const strict = await project.ser('run', '--data', folder, '--name', 'strict', '--max-rejected', '1%', ...SHORT);
      expect(strict.code, strict.stderr).to.equal(4);
      expect(strict.stderr).to.match(/^ser: 3 of 108 files were rejected, more than 1 % of them: /m);
    });

    it('are refused with exit code 4 when a class has fewer files than a split needs', async () => {
      const crema = recordings.filter((path) => path.includes('CREMA-D'));
      const folder = folderOf([
        ...crema.filter(emotionIs('ANG')).slice(0, 2),
        ...['SAD', 'FEA'].flatMap((code) => crema.filter(emotionIs(code)).slice(0, 4)),
      ]);
      const small = await project.ser('run', '--data', folder, '--name', 'small');
      expect(small.code, small.stderr).to.equal(4);
      expect(small.stderr).to.match(/^ser: the class has 2 usable recordings, a split needs at least 3/m);
      expect(small.stderr).to.match(/^ {2}in: angry$/m);
    });
  });
});

describe('what is out of reach', function () {
  this.timeout(120_000);
  let corpus: string;
  let gone: Promise<Ended>;
  before(async () => {
    ({ corpus } = await sharedProject());
    gone = refused(['run', '--data', corpus], { TEMPORAL_ADDRESS: '127.0.0.1:1' }); // which is waited for 10 s
  });

  it('is a store that is a file: exit code 3', async () => {
    const file = join(scratchFolder(), 'store');
    writeFileSync(file, '');
    const ended = await refused(['run', '--data', corpus], { SER_STORE: file });
    expectRefusal(ended, 3, /file where a folder is needed/, /store$/, /SER_STORE/);
  });

  it('is an S3 server that is not there: exit code 3, without credentials in the message', async () => {
    const environment = { SER_STORE: 's3://bucket/prefix', S3_ENDPOINT: 'http://127.0.0.1:1', ...SECRETS };
    const ended = await refused(['run', '--data', corpus], environment);
    expectRefusal(ended, 3, /./, /s3:\/\/bucket\/prefix at http:\/\/127\.0\.0\.1:1/, /./);
    for (const secret of Object.values(SECRETS)) expect(ended.stderr).not.to.contain(secret);
  });

  it('is a store, for a worker, which ends: exit code 3', async () => {
    const file = join(scratchFolder(), 'store');
    writeFileSync(file, '');
    const ended = await refused(['worker'], { SER_STORE: file, TEMPORAL_ADDRESS: '127.0.0.1:1' });
    expectRefusal(ended, 3, /file where a folder is needed/, /store$/, /SER_STORE/);
  });

  it('is a queue that no worker polls: exit code 3', async () => {
    const { options } = await freshClient();
    const environment = { TEMPORAL_ADDRESS: testServer().address, TEMPORAL_NAMESPACE: options.namespace };
    const ended = await refused(['run', '--data', corpus], environment);
    expectRefusal(ended, 3, /^ser: no worker polls the queue ser, ser-extract, ser-train$/, /127/, /ser worker/);
  });

  it('is a worker of another version, which is named: exit code 3', async () => {
    const { options } = await freshClient();
    const worker = await Worker.create({
      connection: await workerConnection(),
      namespace: options.namespace,
      identity: 'ser/0.0.1 file:/store old-host:1',
      taskQueue: TASK_QUEUES.extract,
      activities: { extractShard: () => Promise.resolve() },
    });
    const environment = { TEMPORAL_ADDRESS: testServer().address, TEMPORAL_NAMESPACE: options.namespace };
    const ended = await worker.runUntil(async () => {
      await untilPolled(options.namespace);
      return refused(['run', '--data', corpus], environment);
    });
    expectRefusal(
      ended,
      3,
      /^ser: no worker of version \S+ on the store file:\S+ polls the queue .*; there is ser\/0\.0\.1 file:\/store old-host:1$/,
      /127/,
      /same version/,
    );
  });

  it('is a Temporal server that is not there: exit code 3', async () => {
    expectRefusal(await gone, 3, /^ser: no Temporal server answers/, /127\.0\.0\.1:1$/, /TEMPORAL_ADDRESS/);
  });

  /** Until the server has heard of the poller. */
  async function untilPolled(namespace: string): Promise<void> {
    const { workflowService } = await freshClient();
    for (;;) {
      const taskQueue = { name: TASK_QUEUES.extract };
      const { pollers } = await workflowService.describeTaskQueue({ namespace, taskQueue, taskQueueType: 2 });
      if ((pollers ?? []).length > 0) return;
    }
  }
});

/** Runs commands two at a time, as many as there are cores on a small machine. */
async function inPairs<Item, Result>(items: readonly Item[], work: (item: Item) => Promise<Result>): Promise<Result[]> {
  const results: Result[] = [];
  for (let at = 0; at < items.length; at += 2) results.push(...(await Promise.all(items.slice(at, at + 2).map(work))));
  return results;
}
