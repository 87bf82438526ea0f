import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { repository, scratchFolder } from '../support/folders.js';

/** One series of an answer: its labels, and its value as text. */
export type Series = { metric: Record<string, string>; value: [time: number, value: string] };
export type Alert = { labels: Record<string, string>; state: 'pending' | 'firing' };

export type Prometheus = {
  query(expression: string): Promise<Series[]>;
  alerts(): Promise<Alert[]>;
  stop(): Promise<void>;
};

/** A file of infra/. */
export const infraFile = (path: string) => readFileSync(join(repository, 'infra', path), 'utf8');

/** Whether Debian's package prometheus is there; says aloud when it is not. */
export function hasPrometheus(): boolean {
  try {
    for (const program of ['promtool', 'prometheus']) execFileSync(program, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    console.error('    SKIPPED: Prometheus is not installed (Debian package prometheus)');
    return false;
  }
}

/**
 * Prometheus by infra/prometheus/prometheus.yml and its rules as they are, but for the targets, and looking more often.
 *
 * @param targets what stands in place of each target of the file
 */
export async function startPrometheus(targets: Readonly<Record<string, string>>): Promise<Prometheus> {
  const folder = scratchFolder();
  let configuration = infraFile('prometheus/prometheus.yml')
    .replace('scrape_interval: 15s', 'scrape_interval: 2s')
    .replace('evaluation_interval: 15s', 'evaluation_interval: 1s');
  for (const [target, ours] of Object.entries(targets)) configuration = configuration.replaceAll(target, ours);
  writeFileSync(join(folder, 'prometheus.yml'), configuration);
  cpSync(join(repository, 'infra/prometheus/alerts.yml'), join(folder, 'alerts.yml'));
  const port = await freePort();
  const child = spawn(
    'prometheus',
    [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'series')}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    { stdio: 'ignore' },
  );
  const ask = async <T>(path: string): Promise<T> => {
    const answer = (await (await fetch(`http://127.0.0.1:${port}/api/v1/${path}`)).json()) as {
      status: string;
      error?: string;
      data: T;
    };
    if (answer.status !== 'success') throw new Error(`${path}: ${answer.error}`);
    return answer.data;
  };
  return {
    query: async (expression) =>
      (await ask<{ result: Series[] }>(`query?query=${encodeURIComponent(expression)}`)).result,
    alerts: async () => (await ask<{ alerts: Alert[] }>('alerts')).alerts,
    stop: () => endProcess(child),
  };
}

/** Waits for what takes scrapes and evaluations. */
export async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 120_000;
  while (!(await holds().catch(() => false))) {
    if (Date.now() > deadline) throw new Error(`two minutes, and Prometheus has not seen: ${what}`);
    await sleep(200);
  }
}

export async function endProcess(child: ReturnType<typeof spawn>): Promise<void> {
  const gone = once(child, 'exit');
  if (child.exitCode === null && child.signalCode === null && child.kill('SIGTERM')) await gone;
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
