import { z } from 'zod';
import { SerError } from '../core/contracts/errors.js';

/** Something that was typed: nothing at all is no number, and not 0. */
const typed = (message: string) => z.string(message).regex(/\S/, message);

/** A whole number as it was typed, within bounds. */
export function wholeNumber(least: number, most: number) {
  const message = `it takes a whole number from ${least} to ${most}`;
  return typed(message).pipe(z.coerce.number<string>(message).int(message).min(least, message).max(most, message));
}

/** A number above 0, as it was typed, up to a bound. */
export function positiveNumber(most: number) {
  const message = `it takes a number above 0, at most ${most}`;
  return typed(message).pipe(z.coerce.number<string>(message).positive(message).max(most, message));
}

/** A share of at least 0 and below 1, as it was typed. */
export function properShare() {
  const message = 'it takes a number of at least 0 and below 1';
  return typed(message).pipe(z.coerce.number<string>(message).min(0, message).lt(1, message));
}

/**
 * The options that a schema knows, checked.
 *
 * @throws SerError `BadConfig` naming the option, what it got and what it takes
 */
export function checkOptions<Schema extends z.ZodType>(schema: Schema, options: object): z.output<Schema> {
  const parsed = schema.safeParse(options);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  const option = String(issue.path[0]);
  throw badOption(option, String((options as Record<string, unknown>)[option]), issue.message);
}

/** @param takes what the option takes, in words that follow a colon */
export function badOption(option: string, got: string, takes: string): SerError {
  const flag = `--${option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  return new SerError('BadConfig', `got "${got}": ${takes}`, flag, '`--help` after the command lists its options.');
}
