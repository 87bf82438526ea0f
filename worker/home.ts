import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** The files below `.ser/`, where everything local to a project lies. */
export type Home = {
  folder: string;
  /** Address and process of the local Temporal server. */
  serverFile: string;
  /** Process and identity of the local worker. */
  workerFile: string;
  database: string;
  logs: string;
  cache: string;
  store: string;
};

/** The `.ser` of the nearest ancestor that has one, else of the folder itself; creates nothing. */
export function findHome(startFolder: string): Home {
  let ancestor = resolve(startFolder);
  while (!existsSync(join(ancestor, '.ser'))) {
    const parent = dirname(ancestor);
    if (parent === ancestor) return homeAt(join(resolve(startFolder), '.ser'));
    ancestor = parent;
  }
  return homeAt(join(ancestor, '.ser'));
}

function homeAt(folder: string): Home {
  return {
    folder,
    serverFile: join(folder, 'server.json'),
    workerFile: join(folder, 'worker.json'),
    database: join(folder, 'temporal.db'),
    logs: join(folder, 'logs'),
    cache: join(folder, 'cache'),
    store: join(folder, 'store'),
  };
}

export function createFolders(home: Home): void {
  for (const folder of [home.folder, home.logs, home.cache]) mkdirSync(folder, { recursive: true });
}
