import { openStore } from '../../core/store/open.js';
import { SerError } from '../../core/contracts/errors.js';
import { runningServer } from '../../worker/localServer.js';
import type { CommandContext } from '../context.js';
import { EXIT } from '../exitCodes.js';
import { linkWithWorkers } from '../server.js';

/** Starts the local server and a worker, or says that they run. */
export async function up(_: unknown, context: CommandContext): Promise<number> {
  const { configuration, home, terminal } = context;
  if (configuration.temporal.address !== undefined) {
    throw new SerError(
      'BadConfig',
      'a Temporal server is named, so none is started',
      configuration.temporal.address,
      'Unset TEMPORAL_ADDRESS to have one here, or start a worker for yours: `./ser worker`.',
    );
  }
  const store = await openStore(configuration.store);
  const link = await linkWithWorkers(context, store.url);
  await link.close();
  const metricsUrl = runningServer(home)?.metricsUrl;
  terminal.print(
    [
      `server  ${link.server.options.address}`,
      `UI      ${link.server.uiUrl}`,
      ...(metricsUrl === undefined ? [] : [`metrics ${metricsUrl}`]),
      `store   ${store.url}`,
      '',
      'stop both with: ./ser down',
    ].join('\n'),
  );
  return EXIT.done;
}
