import { WorkflowFailedError, WorkflowNotFoundError } from '@temporalio/client';
import { SerError } from '../../core/contracts/errors.js';
import { workflowIdOfRun } from '../../core/contracts/names.js';
import type { CommandContext } from '../context.js';
import { EXIT } from '../exitCodes.js';
import { linkIfAny } from '../server.js';

/** Ends an open run and returns once it has ended. */
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
  try {
    const handle = link.client.workflow.getHandle(workflowIdOfRun(name));
    const { status } = await handle.describe();
    if (status.name !== 'RUNNING') {
      context.terminal.print(`run ${name} has ended already (${status.name.toLowerCase()})`);
      return EXIT.done;
    }
    await handle.cancel();
    await handle.result().catch((error: unknown) => {
      if (!(error instanceof WorkflowFailedError)) throw error;
    });
    context.terminal.print(`run ${name} cancelled; go on with it by: ./ser resume ${name}`);
    return EXIT.done;
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    throw new SerError(
      'BadConfig',
      'the server knows no run of this name',
      name,
      'See which there are: `./ser status`.',
    );
  } finally {
    await link.close();
  }
}
