import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { parse } from 'yaml';
import { TASK_QUEUES, workflowIdOfRun } from '../../core/contracts/names.js';
import type { trainingRun } from '../../workflows/trainingRun.js';
import { writeSmallCorpus } from '../durability/smallCorpus.js';
import { startSer } from '../support/command.js';
import { repository, scratchFolder } from '../support/folders.js';
import { runConfig } from '../support/runConfig.js';
import { freshClient, testServer } from '../support/server.js';

type Rules = { groups: { rules: { alert: string; expr: string }[] }[] };
type Dashboard = { panels: { title: string; targets: { expr: string }[] }[] };
type Answer = { status: string; data: { result: unknown[] } };

const infra = (path: string) => readFileSync(join(repository, 'infra', path), 'utf8');

/** Two scrapes of what changed are needed for a rate. */
const SCRAPES_AFTER = 4;

describe('the metrics of a worker', function () {
  this.timeout(240_000);
  const ends: (() => Promise<unknown>)[] = [];
  let metrics: string;
  let query: (expression: string) => Promise<Answer>;

  before(async function () {
    if (!isInstalled()) {
      console.error('    SKIPPED: Prometheus is not installed (Debian package prometheus)');
      this.skip();
    }
    const folder = scratchFolder();
    const store = join(folder, 'store');
    const [workerPort, prometheusPort] = [await freePort(), await freePort()];
    const target = `127.0.0.1:${workerPort}`;
    const client = await freshClient();
    const worker = startSer(['worker', '--store', store, '--metrics', target], {
      folder,
      environment: { TEMPORAL_ADDRESS: testServer().address, TEMPORAL_NAMESPACE: client.options.namespace },
    });
    ends.push(() => end(worker.child));
    await worker.says('polling');

    const configuration = infra('prometheus/prometheus.yml')
      .replace('127.0.0.1:9464', target)
      .replace('scrape_interval: 15s', 'scrape_interval: 200ms');
    writeFileSync(join(folder, 'prometheus.yml'), configuration);
    cpSync(join(repository, 'infra/prometheus/alerts.yml'), join(folder, 'alerts.yml'));
    const prometheus = spawn(
      'prometheus',
      [
        `--config.file=${join(folder, 'prometheus.yml')}`,
        `--storage.tsdb.path=${join(folder, 'series')}`,
        `--web.listen-address=127.0.0.1:${prometheusPort}`,
      ],
      { stdio: 'ignore' },
    );
    ends.push(() => end(prometheus));
    query = async (expression) => {
      const url = `http://127.0.0.1:${prometheusPort}/api/v1/query?query=${encodeURIComponent(expression)}`;
      return (await fetch(url)).json() as Promise<Answer>;
    };
    await until(async () => (await query(`scrape_samples_scraped{instance="${target}"} > 0`)).data.result.length > 0);

    await writeSmallCorpus(join(folder, 'data'), 6);
    const config = runConfig({
      name: 'seen',
      store: `file:${store}`,
      data: { sources: [join(folder, 'data')], maxRejected: 0 },
    });
    config.training.epochs = 2;
    await client.workflow.execute<typeof trainingRun>('trainingRun', {
      workflowId: workflowIdOfRun('seen'),
      taskQueue: TASK_QUEUES.main,
      args: [config],
    });
    for (const series of [
      'ser_epoch_seconds_count',
      'temporal_workflow_completed_total{workflow_type="trainingRun"}',
    ]) {
      const scraped = `count_over_time(${series}[1m]) >= ${SCRAPES_AFTER}`;
      await until(async () => (await query(scraped)).data.result.length > 0);
    }
    metrics = await (await fetch(`http://${target}/metrics`)).text();
  });

  after(() => Promise.all(ends.map((stop) => stop())));

  it('are as promtool wants them, and count what the run did', () => {
    execFileSync('promtool', ['check', 'metrics'], { input: metrics });
    const files = Number(/^ser_files_total\{.*\} (\d+)$/m.exec(metrics)?.[1]);
    expect(files).to.be.above(100);
    expect(metrics).to.match(/^ser_shards_total\{feature_set="librosa195"\} \d+$/m);
    expect(metrics).to.match(/^ser_epoch_seconds_count\{backend="\w+"\} 2$/m);
  });

  it('answer every query of the dashboard', async () => {
    const { panels } = JSON.parse(infra('grafana/ser-workers.json')) as Dashboard;
    expect(panels).to.not.be.empty;
    for (const { title, targets } of panels) {
      for (const { expr } of targets) expect((await query(expr)).data.result, `${title}: ${expr}`).to.not.be.empty;
    }
  });

  it('carry every alert rule: none fires, and each sees the series that it watches', async () => {
    execFileSync('promtool', ['check', 'rules', join(repository, 'infra/prometheus/alerts.yml')]);
    const rules = (parse(infra('prometheus/alerts.yml')) as Rules).groups.flatMap((group) => group.rules);
    for (const { alert, expr } of rules) {
      expect((await query(expr)).data.result, alert).to.deep.equal([]);
      const watched = expr.replace(/ or absent\(.*$/, '').replace(/ [<>] .*$/, '');
      if (alert === 'SerActivitiesFail') continue; // that series begins with the first failure
      expect((await query(watched)).data.result, watched).to.not.be.empty;
    }
  });
});

function isInstalled(): boolean {
  try {
    execFileSync('promtool', ['--version'], { stdio: 'ignore' });
    execFileSync('prometheus', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!(await holds().catch(() => false))) {
    if (Date.now() > deadline) throw new Error('Prometheus has not seen it within a minute');
    await sleep(100);
  }
}

async function end(child: ReturnType<typeof spawn>): Promise<void> {
  const gone = once(child, 'exit');
  if (child.exitCode === null && child.signalCode === null && child.kill('SIGTERM')) await gone;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
