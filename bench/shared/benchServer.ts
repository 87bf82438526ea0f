import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import Long from 'long';
import { findHome } from '../../worker/home.js';
import { startServer, stopServer } from '../../worker/localServer.js';

/** A Temporal server of a bench, with namespaces that share nothing. */
export type BenchServer = {
  address: string;
  client(namespace: string): Promise<Client>;
  stop(): Promise<void>;
};

const NAMESPACE_KNOWN_WITHIN_MS = 15_000;

/** Starts a server whose files lie in a folder with a `.ser`. */
export async function startBenchServer(folder: string): Promise<BenchServer> {
  const home = findHome(folder);
  const { address } = await startServer(home, process.env, () => undefined);
  const connection = await Connection.connect({ address });
  return {
    address,
    async client(namespace) {
      await connection.workflowService.registerNamespace({
        namespace,
        workflowExecutionRetentionPeriod: { seconds: Long.fromNumber(24 * 3600) },
      });
      const client = new Client({ connection, namespace });
      await untilKnown(client);
      return client;
    },
    async stop() {
      await connection.close();
      await stopServer(home);
    },
  };
}

/** A new namespace takes the server's parts a moment to learn of. */
async function untilKnown(client: Client): Promise<void> {
  const deadline = Date.now() + NAMESPACE_KNOWN_WITHIN_MS;
  for (;;) {
    try {
      await client.workflow.count();
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await sleep(50);
    }
  }
}
