import { WorkflowFailedError, WorkflowNotFoundError } from '@temporalio/client';
import { SerError } from '../../core/contracts/errors.js';
import { workflowIdOfRun } from '../../core/contracts/names.js';
import { isBatchId } from '../../core/contracts/predictions.js';
import { HOW_TO_GO_ON } from '../batches.js';
import type { CommandContext } from '../context.js';
import { EXIT } from '../exitCodes.js';
import { linkIfAny } from '../server.js';

/** Ends an open run or batch of predictions and returns once it has ended. */
export async function cancel(_: unknown, context: CommandContext, [name = '']: string[]): Promise<number> {
  const link = await linkIfAny(context);
  if (link === undefined) {
    throw new SerError(
      'Unreachable',
      'no Temporal server is named, and none of our own runs here',
      name,
      'Start ours: `./ser up`.',
    );
  }
  const [kind, workflowId, goOn] = isBatchId(name)
    ? ['batch', name, HOW_TO_GO_ON]
    : ['run', workflowIdOfRun(name), `go on with it by: ./ser resume ${name}`];
  try {
    const handle = link.client.workflow.getHandle(workflowId);
    const { status } = await handle.describe();
    if (status.name !== 'RUNNING') {
      context.terminal.print(`${kind} ${name} has ended already (${status.name.toLowerCase()})`);
      return EXIT.done;
    }
    await handle.cancel();
    await handle.result().catch((error: unknown) => {
      if (!(error instanceof WorkflowFailedError)) throw error;
    });
    context.terminal.print(`${kind} ${name} cancelled; ${goOn}`);
    return EXIT.done;
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    throw new SerError(
      'BadConfig',
      `the server knows no ${kind} of this name`,
      name,
      'See which there are: `./ser runs list`.',
    );
  } finally {
    await link.close();
  }
}
