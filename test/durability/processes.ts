import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, existsSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from '../support/folders.js';

/** A program that is started again whenever it ends, until it is stopped. */
export type Supervised = {
  /** `kill -9`; says whether a process was there to be killed. */
  kill(): boolean;
  stop(): Promise<void>;
};

/** The command line as a child of this process: the built program where there is one, else from source. */
function serCommand(args: readonly string[]): string[] {
  const built = join(repository, 'dist', 'client', 'entry.js');
  return existsSync(built)
    ? [built, ...args]
    : ['--import', import.meta.resolve('tsx'), join(repository, 'client', 'entry.ts'), ...args];
}

/** Keeps one worker alive, as systemd or Kubernetes would. Its log is added to a file. */
export function superviseWorker(environment: NodeJS.ProcessEnv, folder: string, logFile: string): Supervised {
  const log = createWriteStream(logFile, { flags: 'a' });
  let stopping = false;
  let child: ChildProcess;
  let lived: Promise<unknown>;

  function start(): void {
    child = spawn(process.execPath, serCommand(['worker', '--threads', '1']), {
      cwd: folder,
      env: environment,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    child.stderr!.pipe(log, { end: false });
    lived = once(child, 'exit').then(() => {
      if (!stopping) start();
    });
  }
  start();
  const killWithParent = () => child.kill('SIGKILL');
  process.once('exit', killWithParent);

  return {
    kill: () => child.kill('SIGKILL'),
    async stop() {
      stopping = true;
      child.kill('SIGTERM');
      await lived;
      process.off('exit', killWithParent);
      log.end();
    },
  };
}
