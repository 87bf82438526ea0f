import pc from 'picocolors';
import { messageOf, SerError } from '../core/contracts/errors.js';
import type { FailureLines } from '../core/contracts/runs.js';

/** Where a command writes: results to `print`, everything else to `say`. */
export type Terminal = {
  /** Writes a result to stdout. */
  print(text: string): void;
  /** Writes a piece of a result to stdout as it is. */
  write(text: string): void;
  /** Writes a line of progress or explanation to stderr; silent under `--quiet`. */
  say(line: string): void;
  /** Writes a line to stderr whatever `--quiet` says. */
  warn(line: string): void;
  /** Whether a person watches stderr on a terminal. */
  interactive: boolean;
  quiet: boolean;
  colours: ReturnType<typeof pc.createColors>;
};

type Streams = { stdout: NodeJS.WriteStream; stderr: NodeJS.WriteStream };

export function createTerminal({ stdout, stderr }: Streams, options: { quiet: boolean; noColour: boolean }): Terminal {
  const interactive = stderr.isTTY && !options.quiet;
  return {
    print: (text) => void stdout.write(text.endsWith('\n') ? text : `${text}\n`),
    write: (text) => void stdout.write(text),
    say: (line) => void (options.quiet || stderr.write(`${line}\n`)),
    warn: (line) => void stderr.write(`${line}\n`),
    interactive,
    quiet: options.quiet,
    colours: pc.createColors(!options.noColour && stderr.isTTY && stdout.isTTY),
  };
}

/** An error in three lines at most: what happened, to what, what to do. */
export function errorLines(error: unknown): string[] {
  if (error instanceof SerError) return failureToLines(error);
  return [`ser: ${messageOf(error)}`];
}

export function failureToLines({ what, subject, remedy }: Pick<FailureLines, 'what' | 'subject' | 'remedy'>): string[] {
  return [
    `ser: ${what}`,
    ...(subject === '' ? [] : [`  in: ${subject}`]),
    ...(remedy === '' ? [] : [`  do: ${remedy}`]),
  ];
}
