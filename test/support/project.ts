import { dirname, join } from 'node:path';
import type { findHome } from '../../worker/home.js';
import { runningServer, stopServer } from '../../worker/localServer.js';
import { runningWorker, stopLocalWorker } from '../../worker/localWorker.js';
import { writeSmallCorpus } from '../durability/smallCorpus.js';
import { atEnd } from './atEnd.js';
import { type Ended, type RunningCommand, ser, startSer } from './command.js';
import { scratchHome } from './folders.js';

/** What no output, log, record, manifest or history may ever hold. */
export const SECRETS = { S3_ACCESS_KEY: 'marker-access-7f3a', S3_SECRET_KEY: 'marker-secret-91c2' };

/** A user's folder with a small corpus in it, where commands are typed; its server and worker end with the tests. */
export type Project = {
  folder: string;
  corpus: string;
  home: ReturnType<typeof findHome>;
  ser(...args: string[]): Promise<Ended>;
  start(...args: string[]): RunningCommand;
};

/** The options that make a training last for minutes: one network after another. */
export const ENDLESS = ['--ensemble', '64'];

/** The options that make a run short. */
export const SHORT = ['--epochs', '3'];

export async function createProject(): Promise<Project> {
  const home = scratchHome();
  const folder = dirname(home.folder);
  const corpus = join(folder, 'corpus');
  await writeSmallCorpus(corpus, 6);
  const kill = () => {
    for (const record of [runningWorker(home), runningServer(home)]) {
      if (record !== undefined) process.kill(record.pid, 'SIGKILL');
    }
  };
  process.once('exit', kill); // a test run that is interrupted must not leave them behind
  atEnd(async () => {
    await stopLocalWorker(home);
    await stopServer(home);
    process.off('exit', kill);
  });
  const surroundings = { folder, environment: SECRETS };
  return {
    folder,
    corpus,
    home,
    ser: (...args) => ser(args, surroundings),
    start: (...args) => startSer(args, surroundings),
  };
}

/** A project in which one run has been started where nothing ran before, and has ended. */
export type UsedProject = Project & { first: Ended };

let shared: Promise<UsedProject> | undefined;

/** The one project of all tests that do not mind others' runs; `first` is its first run. */
export function sharedProject(): Promise<UsedProject> {
  shared ??= createProject().then(async (project) => {
    const first = await project.ser('run', '--data', 'corpus', '--name', 'first', ...SHORT);
    return { ...project, first };
  });
  return shared;
}
