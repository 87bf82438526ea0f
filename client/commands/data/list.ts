import { labelOrder } from '../../../core/contracts/emotions.js';
import { type CorpusSummary, summariseCorpora } from '../../../core/corpora/summary.js';
import type { CommandContext } from '../../context.js';
import { rowsOf, type RowsOptions } from '../../dataRows.js';
import { EXIT } from '../../exitCodes.js';
import { tableLines } from '../../table.js';

export type ListOptions = RowsOptions & { output: 'text' | 'json' };

/** The corpora of a catalogue, or of the sources that are named, in a table. */
export async function list(options: ListOptions, context: CommandContext, args: string[]): Promise<number> {
  const { rows, from } = await rowsOf(options, context, args);
  const corpora = summariseCorpora(rows);
  context.terminal.say(from);
  const rejects = rows.filter(({ status }) => status === 'rejected').map(({ path, reason }) => ({ path, reason }));
  if (options.output === 'json') context.terminal.print(JSON.stringify({ from, corpora, rejects }, null, 2));
  else context.terminal.print(corpusTable(corpora).join('\n'));
  return EXIT.done;
}

/** One row a corpus and, of several, one for all of them. */
export function corpusTable(corpora: readonly CorpusSummary[]): string[] {
  const labels = labelOrder(corpora.flatMap(({ emotions }) => Object.keys(emotions)));
  const rows = [...corpora, ...(corpora.length > 1 ? [totalOf(corpora, labels)] : [])].map((one) => [
    one.corpus === '' ? '(of none)' : one.corpus,
    one.files.toLocaleString('en'),
    one.hours.toFixed(2),
    `${one.speakers}`,
    ...labels.map((label) => (one.emotions[label] ?? 0).toLocaleString('en')),
    one.rejected.toLocaleString('en'),
  ]);
  const header = ['corpus', 'files', 'hours', 'speakers', ...labels, 'rejects'];
  return tableLines([header, ...rows], header.map((_, column) => column).slice(1));
}

function totalOf(corpora: readonly CorpusSummary[], labels: readonly string[]): CorpusSummary {
  const sum = (valueOf: (one: CorpusSummary) => number) => corpora.reduce((total, one) => total + valueOf(one), 0);
  return {
    corpus: 'all',
    files: sum(({ files }) => files),
    usable: sum(({ usable }) => usable),
    rejected: sum(({ rejected }) => rejected),
    hours: sum(({ hours }) => hours),
    speakers: sum(({ speakers }) => speakers),
    emotions: Object.fromEntries(labels.map((label) => [label, sum(({ emotions }) => emotions[label] ?? 0)])),
  };
}
