import type { Logger, LogMetadata } from '@temporalio/worker';
import pino from 'pino';
import { runOfWorkflow } from '../core/contracts/queries.js';

/** The log of a worker: a line of JSON each, to stderr. */
export function createLog(level: string, destination: pino.DestinationStream = pino.destination(2)): pino.Logger {
  return pino(
    { level, timestamp: pino.stdTimeFunctions.isoTime, serializers: { error: pino.stdSerializers.err } },
    destination,
  );
}

/** The SDK's words in our log. That a queue for activities serves no workflows is meant so, and is not said. */
export function temporalLogger(log: pino.Logger): Logger {
  const write = (level: 'trace' | 'debug' | 'info' | 'warn' | 'error') => (message: string, meta?: LogMetadata) => {
    if (message.startsWith('No workflows registered')) return;
    log[level](fieldsOf(meta ?? {}), message);
  };
  return {
    log: (level, message, meta) => write(level.toLowerCase() as 'info')(message, meta),
    trace: write('trace'),
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
  };
}

/** Names what a person looks for, run and stage, beside the SDK's own fields; its tokens mean nothing to anybody. */
function fieldsOf(meta: LogMetadata): Record<string, unknown> {
  const { workflowId, activityType } = meta;
  const fields: Record<string, unknown> = {
    ...(typeof workflowId === 'string' ? { run: runOfWorkflow(workflowId) } : {}),
    ...(typeof activityType === 'string' ? { stage: activityType } : {}),
    ...meta,
  };
  delete fields['taskToken'];
  return fields;
}
