import type { Activities } from '../../core/contracts/activities.js';
import { VERSION } from '../../core/contracts/names.js';
import type { ExperimentReport, PooledAnswer } from '../../core/contracts/report.js';
import { buildCatalogue } from '../../core/corpora/catalogue.js';
import { DEMO_PREFIX, licenceOf } from '../../core/corpora/licences.js';
import type { ObjectStore } from '../../core/store/objectStore.js';
import { readCatalogue } from './catalogueObject.js';
import { readPooledAnswers, readResults } from './experimentObject.js';
import { extractionRejects } from './featureTable.js';
import { libraryVersions } from './libraryVersions.js';
import { readPlan, shardsWithout } from './planObject.js';
import { testedUtterance } from './reportData.js';

type Input = Parameters<Activities['writeExperimentReport']>[0];

/** Everything the report of an experiment shows. */
export async function gatherExperiment(store: ObjectStore, input: Input): Promise<ExperimentReport> {
  const results = await readResults(store, input.experiment);
  const catalogue = buildCatalogue(await readCatalogue(store, input.catalogue));
  const rowOf = new Map(catalogue.rows.filter(({ status }) => status === 'ok').map((row) => [row.sha256, row]));
  const pooled = await readPooledAnswers(store, input.experiment, results);
  const answers = results.repetitions.flatMap(({ seed, split: { fold } }, index) =>
    pooled[index]!.map((answer): PooledAnswer => ({
      ...testedUtterance(answer, rowOf.get(answer.sha256)!),
      seed,
      ...(fold === undefined ? {} : { fold: fold.index }),
    })),
  );
  const corpora = [...new Set(answers.map(({ corpus }) => corpus))].sort();
  return {
    config: input.config,
    version: VERSION,
    versions: libraryVersions(),
    catalogue: catalogue.counts,
    rejects: [...catalogue.rejects, ...(await allExtractionRejects(store, input))],
    results,
    answers,
    backend: input.backend,
    synthetic: corpora.some((corpus) => corpus.startsWith(DEMO_PREFIX)),
    timings: input.timings,
    lineage: {
      fetchCorpus: input.catalogue,
      ...Object.fromEntries(Object.entries(input.plans).map(([set, { key }]) => [`planShards ${set}`, key])),
      poolTrials: input.experiment,
    },
    licences: corpora.map(licenceOf),
  };
}

/** What any feature set had to refuse; a recording refused by two is told once. */
async function allExtractionRejects(store: ObjectStore, { plans }: Input) {
  const rejects = new Map<string, { path: string; reason: string }>();
  for (const { key, skipped } of Object.values(plans)) {
    const shards = shardsWithout(await readPlan(store, key), skipped);
    for (const reject of await extractionRejects(store, shards)) rejects.set(reject.path, reject);
  }
  return [...rejects.values()];
}
