import { labelOrder } from '../../../core/contracts/emotions.js';
import { SerError } from '../../../core/contracts/errors.js';
import { officialRecordings } from '../../../core/corpora/official.js';
import type { AudioSource } from '../../../core/corpora/source.js';
import { type CorpusVerification, type Tally, type Verification, verifyFiles } from '../../../core/corpora/verify.js';
import type { CommandContext } from '../../context.js';
import { inspect, openData } from '../../dataRows.js';
import { EXIT } from '../../exitCodes.js';
import { tableLines } from '../../table.js';

export type VerifyOptions = { data?: string[]; complete?: boolean; output: 'text' | 'json' };

const NAMED = 10;

/**
 * Compares recordings with the official lists. Partial data are fine: what is missing counts only for a corpus that
 * claims to be whole, because `--complete` says so or because it comes from a download of whole corpora.
 */
export async function verify(options: VerifyOptions, context: CommandContext, args: string[]): Promise<number> {
  const specs = [...(options.data ?? []), ...args];
  if (specs.length === 0) {
    throw new SerError('BadConfig', 'names no recordings', 'data verify', 'Type `./ser data verify FOLDER`.');
  }
  const sources = await openData(specs, undefined, context);
  const rows = await inspect(sources, context, { again: true });
  const verification = verifyFiles(await officialRecordings(), rows);
  const claimed = claimedCorpora(sources, verification, options.complete === true);
  const bad = verification.corpora.filter(
    ({ corpus, altered, missing }) => altered.length > 0 || (claimed.has(corpus) && missing.length > 0),
  );
  const passed = bad.length === 0;
  if (options.output === 'json') {
    context.terminal.print(
      JSON.stringify(
        { passed, claimedWhole: [...claimed], total: totalOf(verification.corpora.map(countsOf)), ...verification },
        null,
        2,
      ),
    );
  } else context.terminal.print(verificationLines(verification, claimed, passed).join('\n'));
  return passed ? EXIT.done : EXIT.dataRefused;
}

/** Corpora of which nothing may be missing: with `--complete` those of which something was seen, and whole downloads. */
function claimedCorpora(sources: readonly AudioSource[], { corpora }: Verification, complete: boolean): Set<string> {
  const whole = sources.filter((source) => source.whole && source.kind !== 'demo');
  const ofWhole = whole.flatMap(({ spec }) => {
    if (spec === 'crema') return ['CREMA-D'];
    return spec === 'zenodo:ravdess' ? ['RAVDESS'] : corpora.map(({ corpus }) => corpus);
  });
  const seen = complete ? corpora.filter(wasSeen).map(({ corpus }) => corpus) : [];
  return new Set([...ofWhole, ...seen]);
}

function wasSeen({ official, missing }: CorpusVerification): boolean {
  return missing.length < official;
}

function verificationLines({ corpora, unknown }: Verification, claimed: Set<string>, passed: boolean): string[] {
  const seen = corpora.filter((one) => wasSeen(one) || claimed.has(one.corpus));
  const table = [...corpora.map(countsOf), totalOf(corpora.map(countsOf))];
  return [
    ...tableLines(
      [['corpus', ...Object.keys(table[0]!.files), 'speakers'], ...table.map(countCells)],
      [1, 2, 3, 4, 5, 6],
    ),
    '',
    ...emotionLines(corpora),
    ...seen.flatMap(({ corpus, altered }) =>
      namedLines(
        `altered, ${corpus}`,
        altered.map(({ path, problem }) => `${path}: ${problem}`),
      ),
    ),
    ...seen.flatMap(({ corpus, missing }) => (claimed.has(corpus) ? namedLines(`missing, ${corpus}`, missing) : [])),
    ...namedLines(
      'of no official name',
      unknown.map(({ path, note }) => (note === '' ? path : `${path}: ${note}`)),
    ),
    '',
    ...seen.map(({ corpus, trust }) => `The list of ${corpus}: ${trust}.`),
    passed
      ? `Every file that has an official name is as published${claimed.size === 0 ? '; partial corpora are fine (--complete asks for whole ones)' : ''}.`
      : 'Not as published: see above.',
  ];
}

/** One line of the table of files. */
type Counts = {
  corpus: string;
  files: { official: number; present: number; missing: number; altered: number; repeated: number };
  speakers: Tally;
};

function countsOf({ corpus, official, present, missing, altered, repeated, speakers }: CorpusVerification): Counts {
  return { corpus, files: { official, present, missing: missing.length, altered: altered.length, repeated }, speakers };
}

function totalOf(all: readonly Counts[]): Counts {
  const sum = (valueOf: (one: Counts) => number) => all.reduce((total, one) => total + valueOf(one), 0);
  return {
    corpus: 'all',
    files: {
      official: sum(({ files }) => files.official),
      present: sum(({ files }) => files.present),
      missing: sum(({ files }) => files.missing),
      altered: sum(({ files }) => files.altered),
      repeated: sum(({ files }) => files.repeated),
    },
    speakers: { present: sum(({ speakers }) => speakers.present), official: sum(({ speakers }) => speakers.official) },
  };
}

function countCells({ corpus, files, speakers }: Counts): string[] {
  const counts = Object.values(files).map((count) => count.toLocaleString('en'));
  return [corpus, ...counts, `${speakers.present}/${speakers.official}`];
}

/** Present and official files by emotion and corpus. */
function emotionLines(corpora: readonly CorpusVerification[]): string[] {
  const labels = labelOrder(corpora.flatMap(({ emotions }) => Object.keys(emotions)));
  const cell = (tally?: { present: number; official: number }) =>
    tally === undefined ? '-' : `${tally.present}/${tally.official}`;
  const rows = labels.map((label) => {
    const tallies = corpora.map(({ emotions }) => emotions[label]);
    const sum = (part: 'present' | 'official') => tallies.reduce((total, tally) => total + (tally?.[part] ?? 0), 0);
    return [label, ...tallies.map(cell), `${sum('present')}/${sum('official')}`];
  });
  return tableLines(
    [['emotion', ...corpora.map(({ corpus }) => corpus), 'all'], ...rows],
    corpora.map((_, index) => index + 1).concat(corpora.length + 1),
  );
}

function namedLines(title: string, names: readonly string[]): string[] {
  if (names.length === 0) return [];
  const more =
    names.length > NAMED ? [`  and ${(names.length - NAMED).toLocaleString('en')} more (-o json names all)`] : [];
  return [
    '',
    `${names.length.toLocaleString('en')} ${title}:`,
    ...names.slice(0, NAMED).map((name) => `  ${name}`),
    ...more,
  ];
}
