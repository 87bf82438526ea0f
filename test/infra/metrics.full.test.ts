import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Client, Connection, WorkflowFailedError, WorkflowNotFoundError } from '@temporalio/client';
import { expect } from 'chai';
import { parse } from 'yaml';
import { TASK_QUEUES, workflowIdOfRun } from '../../core/contracts/names.js';
import { startServer, stopServer } from '../../worker/localServer.js';
import type { trainingRun } from '../../workflows/trainingRun.js';
import { wav16 } from '../audio/files.js';
import { testSignal } from '../audio/signals.js';
import { writeSmallCorpus } from '../durability/smallCorpus.js';
import { type RunningCommand, startSer } from '../support/command.js';
import { repository, scratchFolder, scratchHome } from '../support/folders.js';
import { runConfig } from '../support/runConfig.js';
import { writeUntrainedBundle } from '../support/untrainedBundle.js';
import {
  endProcess,
  freePort,
  hasPrometheus,
  infraFile,
  type Prometheus,
  startPrometheus,
  until,
} from './prometheus.js';

type Rules = { groups: { rules: { alert: string; expr: string }[] }[] };
type Dashboard = { panels: { title: string; targets: { expr: string }[] }[] };

/** Two scrapes of what changed are needed for a rate. */
const SCRAPES_AFTER = 3;

describe('the metrics of a worker, a server and ser serve', function () {
  this.timeout(300_000);
  const ends: (() => Promise<unknown>)[] = [];
  const folder = scratchFolder();
  const store = join(folder, 'store');
  let client: Client;
  let worker: RunningCommand;
  let prometheus: Prometheus;
  let metricsOf: { worker: string; server: string; serve: string };

  before(async function () {
    if (!hasPrometheus()) this.skip();
    const home = scratchHome();
    const server = await startServer(home, process.env, () => undefined);
    ends.push(() => stopServer(home));
    const connection = await Connection.connect({ address: server.address });
    ends.push(() => connection.close());
    client = new Client({ connection });

    await writeSmallCorpus(join(folder, 'data'), 6);
    const first = await start('seen', 'data'); // waits for a worker, so that the server has a backlog to tell of

    const targets = { worker: `127.0.0.1:${await freePort()}`, serve: `127.0.0.1:${await freePort()}` };
    worker = startSer(['worker', '--store', store, '--metrics', targets.worker], {
      folder,
      environment: { TEMPORAL_ADDRESS: server.address },
    });
    ends.push(() => endProcess(worker.child));
    writeUntrainedBundle(join(folder, 'bundle'));
    const serve = startSer(['serve', '--model', 'bundle', '--port', targets.serve.split(':')[1]!], { folder });
    ends.push(() => endProcess(serve.child));
    await Promise.all([worker.says('polling'), serve.says('serving')]);

    metricsOf = {
      worker: `http://${targets.worker}/metrics`,
      server: server.metricsUrl!,
      serve: `http://${targets.serve}/metrics`,
    };
    prometheus = await startPrometheus({
      '127.0.0.1:9464': targets.worker,
      '127.0.0.1:9465': new URL(metricsOf.server).host,
      '127.0.0.1:8787': targets.serve,
    });
    ends.push(() => prometheus.stop());
    await until('all three targets', async () => (await prometheus.query('up == 1')).length === 3);

    await first.result();
    await giveAllSomethingToTell(`http://${targets.serve}/predict`);
  });

  after(async () => {
    for (const stop of ends.reverse()) await stop();
  });

  const configOf = (name: string, data: string) => {
    const sources = [join(folder, data)];
    const config = runConfig({ name, store: `file:${store}`, data: { sources, maxRejected: 0 } });
    config.training.epochs = 2;
    return config;
  };
  const start = (name: string, data: string) =>
    client.workflow.start<typeof trainingRun>('trainingRun', {
      workflowId: workflowIdOfRun(name),
      taskQueue: TASK_QUEUES.main,
      args: [configOf(name, data)],
    });

  const failingRun = async (name: string) => {
    const run = await start(name, 'nothing');
    expect(await run.result().catch((error: unknown) => error)).to.be.instanceOf(WorkflowFailedError);
  };

  /** A run that fails, one that a schedule starts, a prediction, a refusal, a question that the server cannot answer. */
  async function giveAllSomethingToTell(predict: string): Promise<void> {
    mkdirSync(join(folder, 'nothing'));
    await failingRun('failed');
    const schedule = await client.schedule.create({
      scheduleId: 'now',
      spec: { intervals: [{ every: '1 day' }] },
      action: {
        type: 'startWorkflow',
        workflowType: 'trainingRun',
        taskQueue: TASK_QUEUES.main,
        args: [configOf('scheduled', 'data')],
      },
    });
    await schedule.trigger();
    const unknown = client.workflow.getHandle('nobody').describe();
    expect(await unknown.catch((error: unknown) => error)).to.be.instanceOf(WorkflowNotFoundError);
    const recording = new Uint8Array(wav16(testSignal(8000), 1, 8000));
    expect((await fetch(predict, { method: 'POST', body: recording })).status).to.equal(200);
    expect((await fetch(predict, { method: 'POST', body: 'words' })).status).to.equal(422);
    for (const series of [
      'ser_epoch_seconds_count',
      'temporal_workflow_completed_total{workflow_type="trainingRun"}',
      'temporal_activity_execution_failed_total',
      'schedule_action_success',
      'workflow_failed{taskqueue="ser"}',
      'service_error_with_type{error_type="serviceerror_NotFound", service_name="frontend"}',
      'ser_serve_errors_total',
      'approximate_backlog_age_seconds{taskqueue="ser"}',
    ]) {
      const scraped = `count_over_time(${series}[5m]) >= ${SCRAPES_AFTER}`;
      await until(scraped, async () => (await prometheus.query(scraped)).length > 0);
    }
  }

  const firing = async () =>
    (await prometheus.alerts()).filter(({ state }) => state === 'firing').map(({ labels }) => labels);
  const said = async (url: string) => (await fetch(url)).text();

  it('are as promtool wants them where they are ours, and count what was done', async () => {
    const [ofWorker, ofServe] = [await said(metricsOf.worker), await said(metricsOf.serve)];
    const ours = ofServe.replace(/^(# \w+ )?nodejs_.*\n/gm, ''); // those that prom-client adds break the rules
    for (const input of [ofWorker, ours]) execFileSync('promtool', ['check', 'metrics'], { input });
    const files = Number(/^ser_files_total\{.*librosa195.*\} (\d+)$/m.exec(ofWorker)?.[1]);
    expect(files).to.be.above(100);
    expect(ofWorker).to.match(/^ser_shards_total\{feature_set="librosa195"\} \d+$/m);
    expect(ofWorker).to.match(/^ser_rejects_total\{feature_set="meyda",stage="extractShard"\} 0$/m);
    expect(ofWorker).to.match(/^ser_rejects_total\{feature_set="",stage="fetchCorpus"\} 0$/m);
    expect(ofWorker).to.match(/^ser_epoch_seconds_count\{backend="\w+"\} 2$/m);
    expect(ofServe).to.match(/^ser_serve_model_reloads_total\{outcome="failed"\} 0$/m);
  });

  for (const name of readdirSync(join(repository, 'infra/grafana')).filter((file) => file.endsWith('.json'))) {
    it(`answer every query of the dashboard ${name}`, async () => {
      const { panels } = JSON.parse(infraFile(`grafana/${name}`)) as Dashboard;
      expect(panels).to.not.be.empty;
      for (const { title, targets } of panels) {
        for (const { expr } of targets) expect(await prometheus.query(expr), `${title}: ${expr}`).to.not.be.empty;
      }
    });
  }

  it('carry every alert rule: none fires, and each sees the series that it watches', async () => {
    const rules = (parse(infraFile('prometheus/alerts.yml')) as Rules).groups.flatMap((group) => group.rules);
    expect(rules).to.not.be.empty;
    expect(await firing()).to.deep.equal([]);
    for (const { alert, expr } of rules) {
      const watched = [...expr.matchAll(/[a-z_]+\{[^}]*\}|[a-z_]+(?=\[)/g)].map(
        ([selector]) => selector.replace(/(error_type|status)=~"[^"]*"/, ''), // what goes wrong does not go wrong here
      );
      expect(watched, alert).to.not.be.empty;
      for (const series of watched) expect(await prometheus.query(series), `${alert}: ${series}`).to.not.be.empty;
    }
  });

  it('make an alert fire when an activity fails again and again', async () => {
    for (let number = 1; number <= 7; number++) await failingRun(`failed-${number}`);
    await until('the alert', async () => (await firing()).length > 0);
    const [labels, ...others] = await firing();
    expect(others).to.deep.equal([]);
    expect(labels).to.deep.equal({
      alertname: 'SerActivitiesFail',
      severity: 'warning',
      activity_type: 'fetchCorpus',
    });
  });

  it('warn of every queue that no worker polls any more', async () => {
    await endProcess(worker.child);
    const away = async () =>
      (await prometheus.alerts())
        .filter(({ labels }) => labels['alertname'] === 'SerWorkersAway')
        .map(({ labels }) => labels['task_queue']);
    await until('three queues without a worker', async () => (await away()).length === 3);
    expect(await away()).to.have.members(Object.values(TASK_QUEUES));
  });
});
