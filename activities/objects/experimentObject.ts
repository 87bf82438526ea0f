import type { ExperimentResults } from '../../core/contracts/experiment.js';
import type { ObjectStore } from '../../core/store/objectStore.js';
import { type Answer, readAnswers } from './answerTable.js';
import { parseJson, readStageOutput } from './stageOutput.js';

/** What came of an experiment. */
export async function readResults(store: ObjectStore, key: string): Promise<ExperimentResults> {
  return parseJson<ExperimentResults>(await readStageOutput(store, `experiments/${key}`, 'results.json'));
}

/** Every answer of an experiment, repetition after repetition. */
export async function readPooledAnswers(
  store: ObjectStore,
  key: string,
  { metrics, repetitions }: ExperimentResults,
): Promise<Answer[][]> {
  const answers = await readAnswers(store, `experiments/${key}`, metrics.labels);
  let first = 0;
  return repetitions.map(({ metrics: { count } }) => answers.slice(first, (first += count)));
}
