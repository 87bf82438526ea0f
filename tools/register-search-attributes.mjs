// Registers the search attributes of runs in the namespace of a Temporal server that others run:
// `TEMPORAL_ADDRESS=host:port node tools/register-search-attributes.mjs`. Own servers get them from `ser up`.
import { Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { registerSearchAttributes } from '../dist/worker/searchAttributes.js';

const { connectionOptions, namespace = 'default' } = loadClientConnectConfig();
const connection = await Connection.connect(connectionOptions);
try {
  const registered = await registerSearchAttributes(connection, namespace);
  const words = registered.length === 0 ? 'nothing was missing' : `registered ${registered.join(', ')}`;
  console.log(`${connectionOptions.address}, namespace ${namespace}: ${words}`);
} finally {
  await connection.close();
}
