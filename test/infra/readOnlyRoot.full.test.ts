import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { expect } from 'chai';
import { parseAllDocuments } from 'yaml';
import { hasWorkers } from '../../client/workerCheck.js';
import type { Environment } from '../../core/contracts/configuration.js';
import { type MinioServer, startMinio } from '../../tools/minio.mjs';
import { wav16 } from '../audio/files.js';
import { testSignal } from '../audio/signals.js';
import { writeSmallCorpus } from '../durability/smallCorpus.js';
import { type Ended, isBuilt, type RunningCommand, ser, startSer } from '../support/command.js';
import { repository, scratchFolder } from '../support/folders.js';
import { freshClient, testServer } from '../support/server.js';
import { endProcess, freePort } from './prometheus.js';

type Container = { args: string[]; command?: string[] };
type Pod = { securityContext: { runAsUser: number }; containers: Container[]; initContainers?: Container[] };

/** What a file of infra/kubernetes has its pod do. */
function podOf(name: string): Pod {
  const text = readFileSync(join(repository, 'infra/kubernetes', `${name}.yaml`), 'utf8');
  type Resource = { spec: { template: { spec: Pod } } };
  const [first] = parseAllDocuments(text, { merge: true }).map((document) => document.toJS() as Resource);
  return first!.spec.template.spec;
}

const WORKERS = ['worker', 'worker-extract', 'worker-train'];

describe('the pods of infra/kubernetes, on a read-only root and without rights', function () {
  this.timeout(300_000);
  const work = scratchFolder();
  const { runAsUser: uid } = podOf('worker').securityContext;
  const ends: (() => Promise<unknown>)[] = [];
  // Everything is read-only but the folders that pods have as volumes.
  const locked = [
    'set -e',
    'mount --make-rprivate /',
    `mount --bind "${work}" "${work}"`,
    'mount -o remount,ro,bind /',
    'if touch /read-only-test 2>/dev/null; then exit 99; fi',
    `cd "${work}"`,
    `exec setpriv --reuid ${uid} --regid ${uid} --clear-groups --no-new-privs --inh-caps=-all "$0" "$@"`,
  ].join('\n');
  const prefix = ['unshare', '--mount', 'sh', '-c', locked];
  let minio: MinioServer;
  let client: Client;
  let environment: Environment;
  const workers: RunningCommand[] = [];

  const pod = (args: readonly string[]): RunningCommand => {
    const started = startSer(args, { folder: work, environment, prefix });
    ends.push(() => endProcess(started.child));
    return started;
  };
  const type = (...args: string[]): Promise<Ended> => ser(args, { folder: work, environment, prefix });

  before(async function () {
    if (!isBuilt()) {
      console.error('    SKIPPED, pods run what is built: npm run build');
      this.skip();
    }
    await writeSmallCorpus(join(work, 'corpus'), 6);
    mkdirSync(join(work, 'tmp'));
    execFileSync('chown', ['-R', `${uid}:${uid}`, work]);
    const [unshare, ...rest] = prefix;
    const isReadable = ['test', '-r', join(repository, 'client/entry.ts')];
    const possible = spawnSync(unshare!, [...rest, ...isReadable], { encoding: 'utf8' });
    if (possible.status !== 0) {
      console.error(`    SKIPPED, no read-only root can be made here: ${possible.stderr ?? 'no unshare'}`);
      this.skip();
    }
    minio = await startMinio({ dir: join(scratchFolder(), 'minio'), shared: false });
    ends.push(() => minio.stop());
    client = await freshClient();
    environment = {
      HOME: work,
      TMPDIR: join(work, 'tmp'),
      SER_STORE: 's3://ser/store',
      S3_ENDPOINT: minio.endpoint,
      S3_ACCESS_KEY: minio.accessKey,
      S3_SECRET_KEY: minio.secretKey,
      TEMPORAL_ADDRESS: testServer().address,
      TEMPORAL_NAMESPACE: client.options.namespace,
    };
    for (const name of WORKERS) {
      const metrics = `127.0.0.1:${await freePort()}`;
      const { args } = podOf(name).containers[0]!;
      workers.push(pod(args.map((word) => (word === '0.0.0.0:9464' ? metrics : word))));
    }
    await Promise.all(workers.map((worker) => worker.says('polling')));
    while (!(await hasWorkers(client, { storeUrl: 's3://ser/store', keyIds: [] }))) await sleep(200);
  });

  after(async () => {
    for (const stop of ends.reverse()) await stop();
  });

  it('train a model, three workers sharing a run', async () => {
    const { code, stderr } = await type('run', '--data', 'corpus', '--name', 'first', '--epochs', '2');
    expect(code, stderr).to.equal(0);
  });

  it('answer with it', async () => {
    const port = await freePort();
    const serve = pod([...podOf('serve').containers[0]!.args, '--port', String(port)]);
    await serve.says('serving ');
    const body = new Uint8Array(wav16(testSignal(8000), 1, 8000));
    const url = `http://localhost:${port}`;
    expect((await fetch(`${url}/predict`, { method: 'POST', body })).status).to.equal(200);
    expect((await fetch(`${url}/healthz`)).status).to.equal(200);
    serve.child.kill('SIGTERM');
    expect(await serve.ended).to.include({ code: 0 });
  });

  it('set up search attributes and a schedule, once and again', async () => {
    const { initContainers, containers } = podOf('setup');
    for (const attempt of [1, 2]) {
      const { code, stderr } = await type(...containers[0]!.args);
      expect(code, `${attempt}: ${stderr}`).to.equal(0);
    }
    const [, program] = initContainers![0]!.command!;
    expect(program).to.equal('/app/tools/register-search-attributes.mjs');
    const [unshare, ...rest] = prefix;
    const script = join(repository, 'tools/register-search-attributes.mjs');
    const env = { PATH: process.env['PATH'], ...environment, HOME: undefined, TMPDIR: undefined } as NodeJS.ProcessEnv;
    const said = execFileSync(unshare!, [...rest, process.execPath, script], { encoding: 'utf8', env });
    expect(said).to.match(/registered Ser|nothing was missing/);
  });

  it('end when they are told to, and leave nothing behind but what they remember of files', async () => {
    for (const { child } of workers) child.kill('SIGTERM');
    for (const worker of workers) {
      const { code, stderr } = await worker.ended;
      expect(code, stderr).to.equal(0);
      expect(stderr).to.not.match(/EROFS|EACCES|read-only file system/i);
    }
    expect(readdirSync(work)).to.include.members(['corpus', 'tmp']);
    expect(readdirSync(work).filter((name) => !['corpus', 'tmp', '.ser'].includes(name))).to.deep.equal([]);
  });
});
