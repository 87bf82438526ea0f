import { SerError } from '../../../core/contracts/errors.js';
import { licenceOf } from '../../../core/corpora/licences.js';
import { officialRecordings } from '../../../core/corpora/official.js';
import { type CorpusDistributions, distributionsOf, type Quantiles } from '../../../core/corpora/summary.js';
import { type CorpusVerification, verifyFiles } from '../../../core/corpora/verify.js';
import type { CommandContext } from '../../context.js';
import { rowsOf, type RowsOptions } from '../../dataRows.js';
import { EXIT } from '../../exitCodes.js';
import { tableLines } from '../../table.js';

export type ShowOptions = RowsOptions & { output: 'text' | 'json' };

const MOST_NAMED = 24;
const BAR_WIDTH = 24;

/** One corpus with its distributions, beside its official list where it has one. */
export async function show(options: ShowOptions, context: CommandContext, args: string[]): Promise<number> {
  const [name = '', ...sources] = args;
  const { rows, from } = await rowsOf(options, context, sources);
  const corpora = [...new Set(rows.map(({ corpus }) => corpus))].filter((one) => one !== '').sort();
  const corpus = corpora.find((one) => one.toLowerCase() === name.toLowerCase());
  const distributions = corpus === undefined ? undefined : distributionsOf(corpus, rows);
  if (corpus === undefined || distributions === undefined) {
    throw new SerError(
      'BadConfig',
      'there is no such corpus',
      name,
      `There are ${corpora.join(', ')} in ${from}; --data, --run or --catalogue name others.`,
    );
  }
  const verified = verifyFiles(await officialRecordings(), rows).corpora.find((one) => one.corpus === corpus);
  context.terminal.say(from);
  if (options.output === 'json') {
    const official = verified && { ...verified, missing: verified.missing.length };
    context.terminal.print(JSON.stringify({ from, ...distributions, licence: licenceOf(corpus), official }, null, 2));
  } else context.terminal.print(showLines(distributions, verified).join('\n'));
  return EXIT.done;
}

function showLines(one: CorpusDistributions, verified: CorpusVerification | undefined): string[] {
  const { licence, citation, condition } = licenceOf(one.corpus);
  return [
    `${one.corpus}: ${one.usable} recordings, ${one.hours.toFixed(2)} h, ${one.speakers} speakers, ${one.sentences} sentences, ${one.rejected} rejected`,
    `licence: ${[licence, condition.replace(/\.$/, ''), citation].filter((words) => words !== '').join('. ')}`,
    ...bars('emotion', one.emotions, verified),
    ...bars('speaker', one.bySpeaker),
    ...bars('sex', one.bySex),
    ...bars('intensity', one.byIntensity),
    ...bars('sample rate', one.bySampleRate),
    ...bars('channels', one.byChannels),
    ...bars('container', one.byContainer),
    '',
    ...tableLines(
      [
        ['', 'least', '25 %', 'median', '75 %', 'most'],
        ['seconds', ...quantileCells(one.durationSeconds, 2)],
        ['peak', ...quantileCells(one.peak, 3)],
        ['RMS', ...quantileCells(one.rms, 4)],
      ],
      [1, 2, 3, 4, 5],
    ),
    `${one.clipped} recordings have samples at full scale`,
    ...(one.rejects.length === 0 ? [] : ['', `${one.rejects.length} rejected:`]),
    ...one.rejects.slice(0, MOST_NAMED).map(({ path, reason }) => `  ${path}: ${reason}`),
  ];
}

/** @param verified adds the official count of each emotion */
function bars(title: string, counts: Record<string, number>, verified?: CorpusVerification): string[] {
  const entries = Object.entries(counts);
  if (entries.length === 0) return [];
  const most = Math.max(...entries.map(([, count]) => count));
  const lines = entries.slice(0, MOST_NAMED).map(([name, count]) => {
    const official = verified?.emotions[name]?.official;
    const bar = '█'.repeat(Math.round((BAR_WIDTH * count) / most));
    return [`  ${name}`, official === undefined ? `${count}` : `${count}/${official}`, bar];
  });
  const more = entries.length > MOST_NAMED ? [`  and ${entries.length - MOST_NAMED} more`] : [];
  return ['', title, ...tableLines(lines, [1]), ...more];
}

function quantileCells({ least, quarter, median, threeQuarters, most }: Quantiles, digits: number): string[] {
  return [least, quarter, median, threeQuarters, most].map((value) => value.toFixed(digits));
}
