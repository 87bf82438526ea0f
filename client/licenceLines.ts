import { licenceOf } from '../core/corpora/licences.js';

/** What the owners of corpora ask of whoever uses them; corpora of unknown licence and repetitions are left out. */
export function licenceLines(corpora: Iterable<string>): string[] {
  return [...new Set(corpora)]
    .sort()
    .map(licenceOf)
    .filter(({ citation }) => citation !== '')
    .flatMap(({ corpus, licence, citation, condition }) => [
      `${corpus}: ${licence}${condition === '' ? '' : `. ${condition}`}`,
      `  ${citation}`,
    ]);
}
