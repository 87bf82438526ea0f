import { failureToLines } from './terminal.js';

const SUGGESTION = /\n\((Did you mean .*\?)\)/;

/**
 * What commander says of a wrong use, in the three lines of every other error.
 *
 * @param text commander's own words: `error: unknown option '--sede'`, with what it thinks was meant in a second line
 * @param command the command that was used wrongly: `ser run`
 */
export function usageErrorLines(text: string, command: string): string[] {
  const suggestion = SUGGESTION.exec(text)?.[1];
  const help = `\`./${command} --help\` says what it takes.`;
  return failureToLines({
    what: text
      .replace(SUGGESTION, '')
      .replace(/^error: /, '')
      .trim(),
    subject: command,
    remedy: suggestion === undefined ? help : `${suggestion} ${help}`,
  });
}
