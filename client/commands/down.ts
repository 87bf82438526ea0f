import { stopServer } from '../../worker/localServer.js';
import { stopLocalWorker } from '../../worker/localWorker.js';
import type { CommandContext } from '../context.js';
import { EXIT } from '../exitCodes.js';

/** Stops the local worker, then the local server. Open runs stay in the database and go on after the next `up`. */
export async function down(_: unknown, { home, terminal }: CommandContext): Promise<number> {
  const worker = await stopLocalWorker(home);
  const server = await stopServer(home);
  terminal.print(`worker ${worker ? 'stopped' : 'was not running'}\nserver ${server ? 'stopped' : 'was not running'}`);
  return EXIT.done;
}
