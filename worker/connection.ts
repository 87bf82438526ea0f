import { loadClientConnectConfig } from '@temporalio/envconfig';
import type { NativeConnectionOptions } from '@temporalio/worker';
import type { Configuration, Environment } from '../core/contracts/configuration.js';
import { messageOf, SerError } from '../core/contracts/errors.js';
import type { Home } from './home.js';
import { runningServer } from './localServer.js';

/** What it takes to reach a Temporal server; holds the API key, so it is never printed. */
export type ServerAddress = {
  options: NativeConnectionOptions & { address: string };
  namespace: string;
  /** Whether it is the server that `ser up` started for this folder. */
  local: boolean;
  /** Where a person watches runs; undefined for servers of others. */
  uiUrl?: string;
};

/**
 * The server that the configuration names, with TLS and API key as the SDK's own variables say, else the local one of
 * this folder. A server that merely listens on the usual port is never used.
 *
 * @returns undefined when none is named and none of our own runs
 */
export function findServer(
  configuration: Configuration,
  environment: Environment,
  home: Home,
): ServerAddress | undefined {
  const { address, namespace } = configuration.temporal;
  const named = environment['TEMPORAL_PROFILE'] !== undefined || environment['TEMPORAL_CONFIG_FILE'] !== undefined;
  if (address === undefined && !named) {
    const local = runningServer(home);
    if (local === undefined) return undefined;
    return { options: { address: local.address }, namespace, local: true, uiUrl: local.uiUrl };
  }

  const loaded = loadProfile(
    {
      ...environment,
      ...(address === undefined ? {} : { TEMPORAL_ADDRESS: address }),
      ...(named && namespace === 'default' ? {} : { TEMPORAL_NAMESPACE: namespace }), // a profile may name another
    },
    named,
  );
  const { address: resolved } = loaded.connectionOptions;
  if (resolved === undefined) {
    throw new SerError('BadConfig', 'the profile names no address', 'TEMPORAL_PROFILE', 'Set TEMPORAL_ADDRESS.');
  }
  return {
    options: { ...loaded.connectionOptions, address: resolved },
    namespace: loaded.namespace ?? namespace,
    local: false,
  };
}

/** What the SDK makes of its variables, and of its file where one is named. */
function loadProfile(environment: Environment, withFile: boolean): ReturnType<typeof loadClientConnectConfig> {
  const known = Object.entries(environment).filter((entry): entry is [string, string] => entry[1] !== undefined);
  try {
    return loadClientConnectConfig({ overrideEnvVars: Object.fromEntries(known), disableFile: !withFile });
  } catch (error) {
    throw new SerError(
      'BadConfig',
      `the connection that the environment describes cannot be read (${messageOf(error).split('\n')[0]})`,
      withFile ? 'TEMPORAL_PROFILE, TEMPORAL_CONFIG_FILE' : 'TEMPORAL_TLS_*',
      'Check that the file is there and holds the profile.',
      { cause: error },
    );
  }
}
