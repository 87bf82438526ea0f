import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import pino from 'pino';
import { z } from 'zod';
import { messageOf, SerError } from '../../core/contracts/errors.js';
import { openStore } from '../../core/store/open.js';
import type { Tracer } from '../../core/tracing/tracer.js';
import { createThreadPool } from '../../worker/threadPool.js';
import type { CommandContext } from '../context.js';
import { EXIT } from '../exitCodes.js';
import { openModel } from '../models.js';
import { checkOptions, wholeNumber } from '../optionChecks.js';
import { isLoopback } from '../serve/guard.js';
import type { ServeMetrics } from '../serve/metrics.js';
import { championModel, fixedModel, type ModelSource, servedModel } from '../serve/model.js';
import { loadPage } from '../serve/pageFiles.js';
import { createPredictionServer } from '../serve/server.js';

export type ServeCommandOptions = {
  host: string;
  port: string;
  model: string;
  hostName: string[];
  maxMegabytes: string;
  rate: string;
  queue: string;
  timeout: string;
  logLevel: string;
};

const optionSchema = z.object({
  port: wholeNumber(0, 65_535),
  maxMegabytes: wholeNumber(1, 1024),
  rate: wholeNumber(0, 1_000_000),
  queue: wholeNumber(0, 10_000),
  timeout: wholeNumber(1, 3600),
});

const LOOK_EVERY_MS = 3000;
/** Less than the files that a process may usually open. */
const CONNECTIONS = 512;
/** Whoever has got an answer keeps the connection for another request; there is none any more. */
const HANG_UP_EVERY_MS = 100;
/** What is under way when the server is told to end has so long. */
const GRACE_MS = 10_000;

/** Answers by HTTP until it is told to end. */
export async function serve(options: ServeCommandOptions, context: CommandContext): Promise<number> {
  const { port, maxMegabytes, rate, queue, timeout } = checkOptions(optionSchema, options);
  const { configuration, terminal } = context;
  const log = pino({ level: options.logLevel, timestamp: pino.stdTimeFunctions.isoTime }, pino.destination(2));
  const models = await modelSource(options.model, context);
  const tracer = await tracerOf(context);
  const pool = createThreadPool(undefined, configuration.threads);
  const { server, metrics } = createPredictionServer(
    { models, pool, page: await loadPage(), log, tracer },
    {
      host: options.host,
      names: options.hostName,
      maxBytes: maxMegabytes * 2 ** 20,
      perSecond: rate,
      queue,
      timeoutMs: 1000 * timeout,
      connections: CONNECTIONS,
      processMetrics: true,
    },
  );
  const ending = new AbortController();
  const end = () => {
    process.off('SIGINT', end).off('SIGTERM', end); // a second signal ends it at once
    ending.abort();
  };
  process.on('SIGINT', end).on('SIGTERM', end);
  try {
    server.listen(port, options.host);
    await Promise.race([once(server, 'listening'), failureToListen(server, `${options.host}:${port}`)]);
    const { port: bound } = server.address() as AddressInfo;
    const host = options.host.includes(':') ? `[${options.host}]` : options.host;
    terminal.say(`serving ${models.current?.name ?? 'nothing yet'} at http://${host}:${bound}/`);
    if (models.current === undefined) {
      terminal.say(`${models.missing}; it answers as soon as a run or \`./ser promote RUN\` names one`);
    }
    if (!isLoopback(options.host)) terminal.warn('others can reach it: put a proxy with TLS and a login before it');
    await followModel(models, metrics, log, ending.signal);
    log.info('ending');
    await close(server);
    return EXIT.done;
  } finally {
    process.off('SIGINT', end).off('SIGTERM', end);
    await Promise.all([pool.close(), tracer?.close()]);
  }
}

/** Nothing is loaded for traces that nobody wants. */
async function tracerOf({ configuration: { traces }, terminal }: CommandContext): Promise<Tracer | undefined> {
  if (traces === undefined) return undefined;
  const { createTracer } = await import('../../core/tracing/tracer.js');
  return createTracer(traces, (reason) => terminal.warn(`traces do not reach ${traces.url}: ${reason}`));
}

async function modelSource(word: string, context: CommandContext): Promise<ModelSource> {
  if (word !== 'champion') return fixedModel(servedModel(word, await openModel(word, context)));
  return championModel(await openStore(context.configuration.store));
}

/** Takes over every new champion until the server ends; what cannot be read is said, and tried again. */
async function followModel(
  models: ModelSource,
  { reloads, showModel }: ServeMetrics,
  log: pino.Logger,
  ending: AbortSignal,
): Promise<void> {
  const untilNextLook = () => sleep(LOOK_EVERY_MS, undefined, { signal: ending }).catch(() => undefined);
  for (await untilNextLook(); !ending.aborted; await untilNextLook()) {
    try {
      if (!(await models.refresh()) || models.current === undefined) continue;
      showModel(models.current);
      reloads.inc({ outcome: 'done' });
      log.info({ model: models.current.name }, 'another model is champion');
    } catch (error) {
      reloads.inc({ outcome: 'failed' });
      const meanwhile = models.current === undefined ? 'nothing is answered' : 'the one before it answers on';
      log.error({ reason: messageOf(error) }, `the new champion cannot be read; ${meanwhile}`);
    }
  }
}

async function failureToListen(server: Server, address: string): Promise<never> {
  const [error] = (await once(server, 'error')) as [Error];
  throw new SerError('BadConfig', `cannot listen (${error.message})`, address, 'Choose another --port or --host.');
}

/** Takes no more requests, lets those under way end, and then cuts off whoever is left. */
async function close(server: Server): Promise<void> {
  const cut = setTimeout(() => server.closeAllConnections(), GRACE_MS);
  const hangUp = setInterval(() => server.closeIdleConnections(), HANG_UP_EVERY_MS);
  await new Promise<void>((closed) => server.close(() => closed()));
  clearInterval(hangUp);
  clearTimeout(cut);
}
