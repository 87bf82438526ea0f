import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import Long from 'long';
import { type ServerRecord, startServer, stopServer } from '../../worker/localServer.js';
import { atEnd } from './atEnd.js';
import { scratchHome } from './folders.js';

const FIRST_START_MS = 300_000;

const home = scratchHome();
let server: ServerRecord;
let connection: Connection;
let namespaces = 0;

before('the Temporal server of all tests', async function () {
  this.timeout(FIRST_START_MS);
  server = await startServer(home, process.env, (line) => {
    if (line.startsWith('fetching')) console.error(`    ${line}`);
  });
  const kill = () => process.kill(server.pid, 'SIGKILL');
  process.once('exit', kill); // a test run that is interrupted must not leave it behind
  atEnd(async () => {
    await connection.close();
    await stopServer(home);
    process.off('exit', kill);
  });
  connection = await Connection.connect({ address: server.address });
});

/** The one Temporal server of all tests, there from the first test on. */
export function testServer(): ServerRecord {
  return server;
}

/** A client in a namespace of its own, so that suites do not see one another's workers and runs. */
export async function freshClient(): Promise<Client> {
  const namespace = `test-${++namespaces}`;
  await connection.workflowService.registerNamespace({
    namespace,
    workflowExecutionRetentionPeriod: { seconds: Long.fromNumber(3 * 24 * 3600) },
  });
  const client = new Client({ connection, namespace });
  await untilKnown(client);
  return client;
}

/** A new namespace takes the server's parts a moment to learn of. */
async function untilKnown(client: Client): Promise<void> {
  for (;;) {
    try {
      await client.workflow.count();
      await client.workflowService.describeTaskQueue({
        namespace: client.options.namespace,
        taskQueue: { name: 'ser' },
        taskQueueType: 1,
      });
      return;
    } catch {
      await sleep(50);
    }
  }
}
