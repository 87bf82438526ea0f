import type { Activities } from '../core/contracts/activities.js';
import { VERSION } from '../core/contracts/names.js';
import type { ReportData } from '../core/contracts/report.js';
import { reportSpec } from '../core/contracts/stages.js';
import type { Metrics, ModelMetadata } from '../core/contracts/training.js';
import type { SplitRow, Utterance } from '../core/contracts/utterance.js';
import { buildCatalogue } from '../core/corpora/catalogue.js';
import { licenceOf } from '../core/corpora/licences.js';
import type { ObjectStore } from '../core/store/objectStore.js';
import { runStage } from '../core/store/stage.js';
import type { Dependencies } from './dependencies.js';
import { beating } from './heartbeat.js';
import { readCatalogue } from './objects/catalogueObject.js';
import { extractionRejects } from './objects/featureTable.js';
import { readPlan, shardsWithout } from './objects/planObject.js';
import { readSplit } from './objects/splitObject.js';
import { parseJson, readStageOutput } from './objects/stageOutput.js';

type ReportInput = Parameters<Activities['writeReport']>[0];

/** Writes the page that says what was trained on what, and what came of it. */
export function writeReport({ store, pool }: Dependencies): Activities['writeReport'] {
  return (input) =>
    beating(async ({ signal }) => {
      const { key, reused } = await runStage(
        store,
        reportSpec(input.evaluation, input.config, VERSION),
        async () => pool.run('renderReport', { data: await reportData(store, input) }, { signal }),
        signal,
      );
      return { key, reused };
    });
}

async function reportData(store: ObjectStore, input: ReportInput): Promise<ReportData> {
  const plan = await readPlan(store, input.plan);
  const catalogue = buildCatalogue(await readCatalogue(store, input.catalogue));
  const counts = countParts(catalogue.rows, await readSplit(store, input.split));
  return {
    config: input.config,
    version: VERSION,
    versions: { node: process.versions.node, platform: `${process.platform} ${process.arch}` },
    catalogue: catalogue.counts,
    counts,
    rejects: [...catalogue.rejects, ...(await extractionRejects(store, shardsWithout(plan, input.skipped)))],
    model: parseJson<ModelMetadata>(await readStageOutput(store, `models/${input.model}`, 'metadata.json')),
    metrics: parseJson<Metrics>(await readStageOutput(store, `evaluations/${input.evaluation}`, 'metrics.json')),
    lineage: {
      fetchCorpus: input.catalogue,
      planShards: input.plan,
      splitUtterances: input.split,
      trainModel: input.model,
      evaluateModel: input.evaluation,
    },
    licences: [...new Set(counts.map(({ corpus }) => corpus))].sort().map(licenceOf),
  };
}

function countParts(catalogue: readonly Utterance[], split: readonly SplitRow[]): ReportData['counts'] {
  const rowOf = new Map(catalogue.filter(({ status }) => status === 'ok').map((row) => [row.sha256, row]));
  const counts = new Map<string, ReportData['counts'][number]>();
  for (const { sha256, emotion, part } of split) {
    const { corpus, durationSeconds } = rowOf.get(sha256)!;
    const group = JSON.stringify([corpus, emotion, part]);
    const count = counts.get(group) ?? { corpus, emotion, part, count: 0, durationSeconds: 0 };
    counts.set(group, { ...count, count: count.count + 1, durationSeconds: count.durationSeconds + durationSeconds });
  }
  return [...counts.keys()].sort().map((group) => counts.get(group)!);
}
