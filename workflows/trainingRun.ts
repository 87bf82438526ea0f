import { counted } from '../core/contracts/counted.js';
import { STAGES } from '../core/contracts/names.js';
import type { RunConfig, RunStatus } from '../core/contracts/runs.js';
import { activities } from './activities.js';
import { fetchData, showWaiting } from './data.js';
import { extractPlan } from './extraction.js';
import { recorded, type RunFrame, type RunOptions, timingsOf } from './runFrame.js';

/**
 * One run from recordings to an evaluated model and its report. Every stage hands the key of its output to the next;
 * what stands in the store already is not made again.
 *
 * @returns the final status, which is also `runs/<name>.json` in the store
 */
export async function trainingRun(config: RunConfig, options: RunOptions = {}): Promise<RunStatus> {
  const stages = STAGES.filter((stage) => stage !== 'checkData' || options.baseline !== undefined);
  return recorded(config, stages, options, (frame) => runStages(config, options, frame));
}

async function runStages(
  config: RunConfig,
  { catalogue: known, baseline }: RunOptions,
  frame: RunFrame,
): Promise<void> {
  const { status, stage, tell } = frame;
  const skipped = () => status.skippedShards ?? '';

  const catalogue = await fetchData(config, frame, known);

  const plan = await stage('planShards', async () => {
    const planned = await activities.planShards({
      catalogue: catalogue.key,
      featureSet: config.features.set,
      ...(config.training.augment && { augment: config.training.augment }),
    });
    const { augment = [] } = config.training;
    const copies = augment.length === 0 ? '' : `, each also in ${augment.length} altered copies`;
    const recordings = planned.files / (1 + augment.length);
    return { ...planned, note: `${counted(planned.shards, 'shard')} of ${counted(recordings, 'recording')}${copies}` };
  });

  await stage('extractFeatures', () => extractPlan(config, status, plan, showWaiting(status)));

  if (baseline !== undefined) {
    await stage('checkData', () =>
      activities.checkData({ catalogue: catalogue.key, plan: plan.key, skipped: skipped(), baseline }),
    );
  }

  const split = await stage('splitUtterances', () =>
    activities.splitUtterances({ catalogue: catalogue.key, plan: plan.key, split: config.split, skipped: skipped() }),
  );

  const model = await stage('trainModel', () =>
    activities.trainModel({ plan: plan.key, split: split.key, training: config.training, backend: config.backend }),
  );

  const evaluation = await stage('evaluateModel', async () => {
    const evaluated = await activities.evaluateModel({ plan: plan.key, split: split.key, model: model.key });
    status.metrics = evaluated.metrics;
    tell({ SerAccuracy: evaluated.metrics.accuracy });
    const { accuracy, macroF1, count } = evaluated.metrics;
    return {
      ...evaluated,
      note: `accuracy ${(100 * accuracy).toFixed(1)} %, macro F1 ${(100 * macroF1).toFixed(1)} % on ${count} test recordings`,
    };
  });

  await stage('writeReport', () =>
    activities.writeReport({
      config,
      catalogue: catalogue.key,
      plan: plan.key,
      split: split.key,
      model: model.key,
      evaluation: evaluation.key,
      skipped: skipped(),
      timings: timingsOf(status),
    }),
  );

  await stage('promoteModel', async () => {
    const promotion = await activities.promoteModel({
      run: config.name,
      policy: config.promote,
      model: model.key,
      split: split.key,
      plan: plan.key,
    });
    status.promotion = promotion;
    const { promoted, reason } = promotion;
    return { note: `${promoted ? 'champion' : 'not champion'}: ${reason}` };
  });
}
