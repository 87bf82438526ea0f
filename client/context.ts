import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { WorkflowClientInterceptor } from '@temporalio/client';
import { type Configuration, type Environment, resolveConfiguration } from '../core/contracts/configuration.js';
import { messageOf, SerError } from '../core/contracts/errors.js';
import type { RemoteAccess } from '../core/corpora/download/access.js';
import { findHome, type Home } from '../worker/home.js';
import { createTerminal, type Terminal } from './terminal.js';

/** The options that every command takes. */
export type GlobalOptions = {
  store?: string;
  address?: string;
  namespace?: string;
  threads?: number;
  traces?: string;
  quiet?: boolean;
};

/** What a command works with. */
export type CommandContext = {
  configuration: Configuration;
  environment: Environment;
  home: Home;
  terminal: Terminal;
  workingFolder: string;
  /** Goes before what the configuration says of remote sources; tests name servers of their own here. */
  remote?: Partial<RemoteAccess>;
  /** What every call about a workflow goes by. */
  workflowInterceptors?: WorkflowClientInterceptor[];
};

export function createContext(
  options: GlobalOptions,
  { environment, workingFolder }: { environment: Environment; workingFolder: string },
): CommandContext {
  const home = findHome(workingFolder);
  const configuration = resolveConfiguration(options, environment, readConfigurationFile(workingFolder), home.store);
  if (!/^[a-z][a-z0-9+.-]+:/i.test(configuration.store.url)) {
    configuration.store.url = resolve(workingFolder, configuration.store.url);
  }
  const terminal = createTerminal(process, {
    quiet: options.quiet ?? false,
    noColour: (environment['NO_COLOR'] ?? '') !== '',
  });
  return { configuration, environment, home, terminal, workingFolder };
}

function readConfigurationFile(folder: string): unknown {
  const file = join(folder, 'ser.config.json');
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new SerError('BadConfig', `is no JSON (${messageOf(error)})`, file, 'Mend it or remove it.');
  }
}
