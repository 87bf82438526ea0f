import { SerError } from '../../core/contracts/errors.js';
import type { Part, SplitRow, Utterance } from '../../core/contracts/utterance.js';

const PARTS: readonly Part[] = ['train', 'validation', 'test'];

/**
 * The split that a user's table gives, where it gives one: whatever it says nothing of is left to the protocol.
 *
 * @throws SerError `DataRefused` when nothing is left to the protocol and a part is empty
 */
export function splitOfTable(usable: readonly Utterance[]): { given: SplitRow[]; rest: Utterance[] } {
  const given = usable.flatMap(({ sha256, emotion, split }) =>
    split === '' ? [] : [{ sha256, emotion, part: split }],
  );
  const rest = usable.filter(({ split }) => split === '');
  const empty = PARTS.find((part) => !given.some((row) => row.part === part));
  if (given.length > 0 && rest.length === 0 && empty !== undefined) {
    throw new SerError(
      'DataRefused',
      `the split of the table has no ${empty} part`,
      'split',
      `Mark some rows as ${empty}, or leave the column empty where the program shall decide.`,
    );
  }
  return { given, rest };
}
