import {
  type Client,
  WorkflowExecutionAlreadyStartedError,
  WorkflowIdConflictPolicy,
  WorkflowIdReusePolicy,
} from '@temporalio/client';
import { SerError } from '../core/contracts/errors.js';
import { TASK_QUEUES, VERSION, workflowIdOfRun } from '../core/contracts/names.js';
import type { RunConfig } from '../core/contracts/runs.js';
import type { SearchAttributeName } from '../core/contracts/searchAttributes.js';
import { canonicalJson } from '../core/store/keys.js';
import type { experiment } from '../workflows/experiment.js';
import type { RunOptions } from '../workflows/runFrame.js';
import type { trainingRun } from '../workflows/trainingRun.js';
import { differences } from './differences.js';
import { lackingOf, searchAttributesOf } from './searchability.js';

export type StartedRun = {
  workflowId: string;
  executionId: string;
  attached: boolean;
  /** What the server does not let runs be found by. */
  unsearchable?: SearchAttributeName[];
};

/**
 * Starts a run, or attaches to the open one of the same name and configuration. Under the name of a finished run a new
 * execution starts, and the history of the old one is kept.
 *
 * @throws SerError `BadConfig` when an open run of that name has another configuration
 */
export async function startRun(client: Client, config: RunConfig, options: RunOptions = {}): Promise<StartedRun> {
  const workflowId = workflowIdOfRun(config.name);
  const searchAttributes = await searchAttributesOf(client);
  const unsearchable = lackingOf(searchAttributes);
  try {
    const handle = await client.workflow.start<typeof trainingRun | typeof experiment>(
      config.experiment === undefined ? 'trainingRun' : 'experiment',
      {
        workflowId,
        taskQueue: TASK_QUEUES.main,
        args: [config, { ...options, searchAttributes }],
        workflowIdConflictPolicy: WorkflowIdConflictPolicy.FAIL,
        workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
        memo: { config, version: VERSION },
        staticSummary: `${config.data.sources.join(', ')} · ${config.features.set} · ${config.split.protocol}`.slice(
          0,
          200,
        ),
      },
    );
    return { workflowId, executionId: handle.firstExecutionRunId, attached: false, unsearchable };
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    return attach(client, config);
  }
}

async function attach(client: Client, config: RunConfig): Promise<StartedRun> {
  const workflowId = workflowIdOfRun(config.name);
  const { memo, runId } = await client.workflow.getHandle(workflowId).describe();
  const theirs = memo?.['config'] as RunConfig | undefined;
  if (theirs !== undefined && canonicalJson(theirs) === canonicalJson(config)) {
    return { workflowId, executionId: runId, attached: true };
  }
  const differing = theirs === undefined ? [] : differences(theirs, config).map(({ setting }) => setting);
  throw new SerError(
    'BadConfig',
    `a run of this name goes on with another configuration (${differing.join(', ') || 'not recorded'})`,
    config.name,
    'Choose another --name, or wait for it: `./ser status`.',
  );
}
