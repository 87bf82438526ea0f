import { expect } from 'chai';
import type { Ended } from './command.js';

/** Holds a refusal to its exit code and its three lines: what happened, to what, what to do. */
export function expectRefusal(
  { code, stdout, stderr }: Ended,
  exit: number,
  what: RegExp,
  subject: RegExp,
  remedy: RegExp,
): void {
  const all = `exit ${code}\n${stdout}\n${stderr}`;
  const lines = stderr.trimEnd().split('\n');
  const at = lines.findIndex((line) => line.startsWith('ser: '));
  expect(code, all).to.equal(exit);
  expect(lines[at], all).to.match(what);
  expect(lines[at + 1], all)
    .to.match(/^ {2}in: /)
    .and.match(subject);
  expect(lines[at + 2], all)
    .to.match(/^ {2}do: /)
    .and.match(remedy);
  expect(stdout).to.equal('');
}
