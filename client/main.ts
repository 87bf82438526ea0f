import { CommanderError } from 'commander';
import { EXIT, exitCodeOf } from './exitCodes.js';
import { knownFailure } from './knownFailure.js';
import { outFailure } from './outFailure.js';
import { createProgram } from './program.js';
import { errorLines } from './terminal.js';

/** Runs one command line and returns the exit code. */
export async function main(args: string[]): Promise<number> {
  let exitCode: number = EXIT.done;
  process.stdout.on('error', leave);
  process.stderr.on('error', () => {}); // nobody reads the progress any more; the work and its result stay
  const program = createProgram({
    environment: process.env,
    workingFolder: process.cwd(),
    setExitCode: (code) => (exitCode = code),
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    const failure = knownFailure(error);
    process.stderr.write(errorLines(failure).join('\n') + '\n');
    return exitCodeOf(failure);
  }
}

/** Ends a command whose results nobody takes: well where whoever read has read enough (`ser predict ... | head`). */
function leave(error: NodeJS.ErrnoException): never {
  if (error.code === 'EPIPE') process.exit(EXIT.done);
  const lost = outFailure(error, 'stdout', 'place for the results');
  process.stderr.write(errorLines(lost).join('\n') + '\n');
  process.exit(exitCodeOf(lost));
}
