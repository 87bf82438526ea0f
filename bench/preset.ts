import { parseArgs } from 'node:util';
import { PRESETS } from '../core/contracts/presets.js';
import type { SplitConfig } from '../core/contracts/splits.js';
import { ORIGINAL_TRAINING, type TrainingParameters } from '../core/contracts/training.js';
import { featureSet } from '../core/features/registry.js';
import {
  bySpeaker,
  extractDataset,
  trainAndAnswer,
  withoutTest,
  type Answers,
  type Dataset,
} from './shared/crossValidation.js';
import { recordingsBelow } from './shared/recordings.js';

const OUTER_FOLDS = 6;
const INNER_FOLDS = 5;

type Training = Omit<TrainingParameters, 'seed'>;

/** What the preset was chosen among: networks, each tried alone, and averaged by as many as the preset has once chosen. */
const CANDIDATES: Record<string, Training> = {
  'none, weight decay 0.1': { ...ORIGINAL_TRAINING, layers: [], weightDecay: 0.1 },
  '64:0.5': { ...ORIGINAL_TRAINING, layers: [{ units: 64, dropout: 0.5 }] },
  '128:0.5': { ...ORIGINAL_TRAINING, layers: [{ units: 128, dropout: 0.5 }] },
  '128:0.5, smoothing 0.1': { ...ORIGINAL_TRAINING, layers: [{ units: 128, dropout: 0.5 }], labelSmoothing: 0.1 },
  '256:0.6': { ...ORIGINAL_TRAINING, layers: [{ units: 256, dropout: 0.6 }] },
  '256:0.6, smoothing 0.1': { ...ORIGINAL_TRAINING, layers: [{ units: 256, dropout: 0.6 }], labelSmoothing: 0.1 },
  '128:0.5,64:0.5': {
    ...ORIGINAL_TRAINING,
    layers: [
      { units: 128, dropout: 0.5 },
      { units: 64, dropout: 0.5 },
    ],
  },
};

/** Protocol of the outer and the inner folds alike, and whether features are measured against their speaker's own. */
const PROTOCOLS = [
  { name: 'speaker', protocol: 'speaker', normalised: false },
  { name: 'normalised', protocol: 'speaker', normalised: true },
  { name: 'random', protocol: 'random', normalised: false },
] as const;

/**
 * `npm run bench -- preset [CORPUS] [--protocol NAME] [--seeds 0]`: the evidence for `--preset best` on recordings of a corpus.
 *
 * For each of six outer folds the network is chosen by five inner folds over what is not tested, then trained on that and
 * tested: the pooled answers are the nested result, in which no tested recording took part in a choice. Beside it
 * the presets as they are, on the same folds. The protocols are speaker, normalised (by speaker, with features measured
 * against the speaker's own) and random.
 */
export async function main(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { protocol: { type: 'string' }, seeds: { type: 'string', default: '0' } },
  });
  const paths = recordingsBelow(positionals[0] ?? '.ser/corpus');
  const seeds = values.seeds.split(',').map(Number);
  const of = async (name: 'original' | 'best') => extractDataset(paths, featureSet(PRESETS[name].features));
  const datasets = { original: await of('original'), best: await of('best') };
  console.log(`${datasets.best.recordings.length} recordings, accuracy / UAR in %, answers of six folds pooled`);
  for (const { name, protocol, normalised } of PROTOCOLS) {
    if (name !== (values.protocol ?? name)) continue;
    const prepare = (dataset: Dataset): Dataset => (normalised ? bySpeaker(dataset) : dataset);
    for (const seed of seeds) {
      for (const preset of ['original', 'best'] as const) {
        const answers = await foldsOf(prepare(datasets[preset]), protocol, seed, () => PRESETS[preset].training);
        console.log(`${name}, seed ${seed}: preset ${preset} ${scores(answers)}`);
      }
      const best = prepare(datasets.best);
      const chosen: string[] = [];
      const answers = await foldsOf(best, protocol, seed, async (rest) => {
        const candidate = await chooseInside(rest, protocol, seed);
        chosen.push(candidate);
        return { ...CANDIDATES[candidate]!, ensemble: PRESETS.best.training.ensemble! };
      });
      console.log(`${name}, seed ${seed}: nested ${scores(answers)}; chosen: ${chosen.join(' | ')}`);
    }
  }
  return 0;
}

/** @param trainingOf what to train, given all that is not tested */
async function foldsOf(
  dataset: Dataset,
  protocol: SplitConfig['protocol'],
  seed: number,
  trainingOf: (rest: Dataset) => Training | Promise<Training>,
): Promise<Answers[]> {
  const answers: Answers[] = [];
  for (let index = 0; index < OUTER_FOLDS; index++) {
    const split = { protocol, seed, fold: { index, of: OUTER_FOLDS } };
    const training = await trainingOf(withoutTest(dataset, split));
    answers.push(await trainAndAnswer(dataset, split, { ...training, seed }));
  }
  return answers;
}

/** The candidate with the best pooled accuracy over inner folds; the first of equals. */
async function chooseInside(rest: Dataset, protocol: SplitConfig['protocol'], seed: number): Promise<string> {
  const accuracies = new Map<string, number>();
  for (const [name, training] of Object.entries(CANDIDATES)) {
    const answers: Answers[] = [];
    for (let index = 0; index < INNER_FOLDS; index++) {
      const split = { protocol, seed, fold: { index, of: INNER_FOLDS } };
      answers.push(await trainAndAnswer(rest, split, { ...training, seed }));
    }
    accuracies.set(name, accuracy(answers));
  }
  const list = [...accuracies].map(([name, value]) => `${name} ${percent(value)}`);
  console.log(`  inside: ${list.join(', ')}`);
  return [...accuracies].reduce((best, each) => (each[1] > best[1] ? each : best))[0];
}

function accuracy(answers: Answers[]): number {
  const right = answers.map(({ truth, predicted }) => truth.filter((label, i) => label === predicted[i]).length);
  const all = answers.map(({ truth }) => truth.length);
  return total(right) / total(all);
}

/** Mean recall over classes. */
function balancedAccuracy(answers: Answers[], classes: number): number {
  const recalls = Array.from({ length: classes }, (_, label) =>
    accuracy(
      answers.map(({ sha256s, truth, predicted }) => {
        const mask = (values: Int32Array): Int32Array => values.filter((_, i) => truth[i] === label);
        return { sha256s, truth: mask(truth), predicted: mask(predicted) };
      }),
    ),
  );
  return total(recalls) / classes;
}

const total = (values: number[]): number => values.reduce((sum, value) => sum + value, 0);
const percent = (share: number): string => (100 * share).toFixed(1);

function scores(answers: Answers[]): string {
  const classes = 1 + Math.max(...answers.flatMap(({ truth }) => [...truth]));
  return `${percent(accuracy(answers))} / ${percent(balancedAccuracy(answers, classes))}`;
}
