import { corporaOf, fetchCatalogue } from '../../../activities/objects/fetchCatalogue.js';
import { absoluteSpec } from '../../../core/corpora/dataSpec.js';
import { parseLabelMap } from '../../../core/corpora/labelMap.js';
import { summariseCorpora } from '../../../core/corpora/summary.js';
import { checkWritable } from '../../../core/store/checkWritable.js';
import { openStore } from '../../../core/store/open.js';
import { createThreadPool } from '../../../worker/threadPool.js';
import type { CommandContext } from '../../context.js';
import { EXIT } from '../../exitCodes.js';
import { licenceLines } from '../../licenceLines.js';
import { createProgressLine } from '../../progressLine.js';
import { remoteAccess } from '../../remoteAccess.js';
import { remoteProgress } from '../../remoteProgress.js';
import { parseShare } from '../../runConfig.js';
import { corpusTable } from './list.js';

export type FetchOptions = { labelMap?: string[]; maxRejected: string; again?: boolean; output: 'text' | 'json' };

const REJECTS_NAMED = 10;

/**
 * Downloads what is remote, puts every recording into the store once and writes the catalogue, here and now: no server
 * is needed. Whatever ends it, the same command goes on where it was; a run with the same data finds all of it done.
 */
export async function fetch(options: FetchOptions, context: CommandContext, specs: string[]): Promise<number> {
  const { configuration, terminal, workingFolder } = context;
  const data = {
    sources: specs.map((spec) => absoluteSpec(spec, workingFolder)),
    maxRejected: parseShare('--max-rejected', options.maxRejected),
    ...(options.labelMap === undefined ? {} : { labelMap: parseLabelMap(options.labelMap) }),
  };
  const store = await openStore(configuration.store);
  await checkWritable(store);
  const pool = createThreadPool(configuration.store, configuration.threads);
  const progress = createProgressLine(terminal);
  const interruption = new AbortController();
  const interrupt = () => interruption.abort();
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  try {
    const fetched = await fetchCatalogue(store, pool, data, {
      remote: { ...remoteAccess(context), onProgress: remoteProgress(progress) },
      signal: interruption.signal,
      again: options.again === true,
      onFiles: ({ files, filesDone }) => progress.update('storing', filesDone, files, `${filesDone}/${files} files`),
    });
    progress.clear();
    const { key, reused, catalogue } = fetched;
    for (const line of licenceLines(corporaOf(catalogue))) terminal.say(line);
    const corpora = summariseCorpora(catalogue.rows);
    if (options.output === 'json') {
      terminal.print(
        JSON.stringify(
          { catalogue: key, reused, counts: catalogue.counts, corpora, rejects: catalogue.rejects },
          null,
          2,
        ),
      );
      return EXIT.done;
    }
    terminal.print(corpusTable(corpora).join('\n'));
    for (const { path, reason } of catalogue.rejects.slice(0, REJECTS_NAMED))
      terminal.print(`rejected ${path}: ${reason}`);
    if (catalogue.rejects.length > REJECTS_NAMED) {
      terminal.print(
        `and ${catalogue.rejects.length - REJECTS_NAMED} more rejected: \`./ser data list --catalogue ${key.slice(0, 12)} -o json\``,
      );
    }
    terminal.print(`catalogue ${key.slice(0, 12)}${reused ? ' (stood already)' : ''} in ${store.url}`);
    return EXIT.done;
  } catch (error) {
    progress.clear();
    if (!interruption.signal.aborted) throw error;
    terminal.warn(`interrupted; come back with: ./ser data fetch ${specs.join(' ')}`);
    return EXIT.interrupted;
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
    await pool.close();
  }
}
