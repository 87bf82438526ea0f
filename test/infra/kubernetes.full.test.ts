import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { TASK_QUEUES } from '../../core/contracts/names.js';
import { startSer } from '../support/command.js';
import { repository, scratchFolder } from '../support/folders.js';
import { freshClient, testServer } from '../support/server.js';

const VALIDATOR = 'kubernetes-validate==1.37.0';

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
});
