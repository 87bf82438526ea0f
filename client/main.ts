import { CommanderError } from 'commander';
import { EXIT, exitCodeOf } from './exitCodes.js';
import { createProgram } from './program.js';
import { errorLines } from './terminal.js';

/** Runs one command line and returns the exit code. */
export async function main(args: string[]): Promise<number> {
  let exitCode: number = EXIT.done;
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(EXIT.done); // whoever read has read enough: `ser predict ... | head`
    throw error;
  });
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
    process.stderr.write(errorLines(error).join('\n') + '\n');
    return exitCodeOf(error);
  }
}
