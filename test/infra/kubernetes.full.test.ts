import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { TASK_QUEUES } from '../../core/contracts/names.js';
import { writeSmallCorpus } from '../durability/smallCorpus.js';
import { ser, startSer } from '../support/command.js';
import { repository, scratchFolder } from '../support/folders.js';
import { freshClient, testServer } from '../support/server.js';

const VALIDATOR = 'kubernetes-validate==1.37.0';
const NOBODY = 65_534;

describe('infra/kubernetes, as far as it can be tried without a cluster', function () {
  this.timeout(300_000);

  it('is valid by the schemas of Kubernetes, of today and of three years ago', function () {
    const venv = join(scratchFolder(), 'venv');
    const pip = spawnSync('python3', ['-m', 'venv', venv]);
    const installed = pip.status === 0 && spawnSync(join(venv, 'bin', 'pip'), ['install', '--quiet', VALIDATOR]);
    if (installed === false || installed.status !== 0) {
      console.error(`    SKIPPED, ${VALIDATOR} cannot be installed: no python3 with venv, or no registry`);
      this.skip();
    }
    const folder = join(repository, 'infra', 'kubernetes');
    const files = readdirSync(folder).filter((name) => name.endsWith('.yaml') && name !== 'kustomization.yaml');
    for (const version of ['1.37', '1.28']) {
      const options = ['--strict', '--kubernetes-version', version];
      const said = execFileSync(join(venv, 'bin', 'kubernetes-validate'), [...options, ...files], {
        cwd: folder,
        encoding: 'utf8',
      });
      for (const kind of [
        'deployment/ser-worker',
        'job/ser-setup',
        'networkpolicy/sources',
        'secret/ser-credentials',
      ]) {
        expect(said).to.match(new RegExp(`passed for resource ${kind} against version ${version}`));
      }
    }
  });

  it('scales by a backlog that counts tasks which wait for the workers of a build', async () => {
    const client = await freshClient();
    const { namespace } = client.options;
    const environment = { TEMPORAL_ADDRESS: testServer().address, TEMPORAL_NAMESPACE: namespace };
    const folder = scratchFolder();
    const worker = startSer(['worker', '--queues', TASK_QUEUES.main, '--make-current'], { folder, environment });
    await worker.says('polling ser');
    worker.child.kill('SIGTERM');
    await worker.ended;

    for (const number of [1, 2, 3]) {
      await client.workflow.start('trainingRun', { taskQueue: TASK_QUEUES.main, workflowId: `w${number}`, args: [{}] });
    }
    /** What KEDA's scaler asks: the queue, of workflow tasks, with its statistics. */
    const backlog = async () => {
      const taskQueue = { name: TASK_QUEUES.main, kind: 1 };
      const request = { namespace, taskQueue, taskQueueType: 1, reportStats: true };
      const { stats } = await client.workflowService.describeTaskQueue(request);
      return Number(stats?.approximateBacklogCount ?? 0);
    };
    for (let tries = 0; tries < 300 && (await backlog()) < 3; tries++) await sleep(100);
    expect(await backlog()).to.equal(3);
  });

  it('works as a user without rights on a read-only root', async function () {
    const work = scratchFolder();
    await writeSmallCorpus(join(work, 'corpus'), 60);
    mkdirSync(join(work, 'tmp'));
    execFileSync('chown', ['-R', `${NOBODY}:${NOBODY}`, work]);
    // Everything becomes read-only but the working folder and a temporary one, as in the pods.
    const locked = [
      'mount --make-rprivate /',
      `mount --bind "${work}" "${work}"`,
      'mount -o remount,ro,bind /',
      'if touch /read-only-test 2>/dev/null; then exit 99; fi',
      `cd "${work}"`,
      `exec setpriv --reuid ${NOBODY} --regid ${NOBODY} --clear-groups --no-new-privs --inh-caps=-all "$0" "$@"`,
    ]
      .join(' && ')
      .replace('fi &&', 'fi;');
    const possible = spawnSync('unshare', ['--mount', 'sh', '-c', locked, 'true'], { encoding: 'utf8' });
    if (possible.status !== 0) {
      console.error(`    SKIPPED, no read-only root can be made here: ${possible.stderr ?? ''}`);
      this.skip();
    }
    const { code, stdout, stderr } = await ser(['data', 'fetch', 'corpus', '-o', 'json'], {
      folder: work,
      environment: { HOME: work, TMPDIR: join(work, 'tmp') },
      prefix: ['unshare', '--mount', 'sh', '-c', locked],
    });
    expect(code, stderr).to.equal(0);
    expect(JSON.parse(stdout)).to.deep.include({ reused: false });
  });
});
