import type { ReportData } from '../contracts/report.js';
import type { AverageScores, ClassScores } from '../contracts/training.js';
import { formatCount } from './format.js';

/** What the project that this one starts from published of itself: four corpora, a random split, the same network. */
export const ORIGINAL = {
  recordings: 12_162,
  corpora: ['CREMA-D', 'RAVDESS', 'SAVEE', 'TESS'],
  testRecordings: 1_825,
  protocol: 'random',
  featureSet: 'librosa195',
  accuracy: 0.6230136752128601,
  logLoss: 0.9889698624610901,
  macro: { precision: 0.638872, recall: 0.658433, f1: 0.643477 } satisfies AverageScores,
  weighted: { precision: 0.632021, recall: 0.623014, f1: 0.623079 } satisfies AverageScores,
  perClass: [
    { label: 'angry', precision: 0.737931, recall: 0.737931, f1: 0.737931, support: 290 },
    { label: 'calm', precision: 0.571429, recall: 0.761905, f1: 0.653061, support: 21 },
    { label: 'disgust', precision: 0.561151, recall: 0.545455, f1: 0.553191, support: 286 },
    { label: 'fear', precision: 0.658986, recall: 0.488055, f1: 0.560784, support: 293 },
    { label: 'happy', precision: 0.501529, recall: 0.614232, f1: 0.552189, support: 267 },
    { label: 'neutral', precision: 0.546032, recall: 0.664093, f1: 0.599303, support: 259 },
    { label: 'sad', precision: 0.688462, recall: 0.594684, f1: 0.638146, support: 301 },
    { label: 'surprise', precision: 0.845455, recall: 0.861111, f1: 0.853211, support: 108 },
  ] satisfies ClassScores[],
} as const;

/** So much, as a share, may a catalogue differ in size: the original kept doubles and silent files that are refused here. */
const SAME_SIZE = 0.01;

/** The original's F1 of every class that a run shares with it; none for synthetic recordings. */
export function originalF1({ metrics, model }: ReportData): { label: string; f1: number }[] {
  if (model.trainedOn.synthetic) return [];
  return ORIGINAL.perClass
    .filter(({ label }) => metrics.labels.includes(label))
    .map(({ label, f1 }) => ({ label, f1 }));
}

const UNHEARD = {
  random: '',
  speaker: 'speakers were',
  sentence: 'sentences were',
  corpus: 'corpus was',
} satisfies Record<ReportData['config']['split']['protocol'], string>;

/** Why the numbers of a run may not be set against the original's, one clause each; empty when nothing differs. */
export function differencesFromOriginal({ config, catalogue, model, metrics }: ReportData): string[] {
  const { corpora, synthetic } = model.trainedOn;
  const differences: string[] = [];
  if (synthetic) return ['its recordings are synthetic'];
  const missing = ORIGINAL.corpora.filter((corpus) => !corpora.includes(corpus));
  const added = corpora.filter((corpus) => !(ORIGINAL.corpora as readonly string[]).includes(corpus));
  if (missing.length > 0) differences.push(`${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} missing`);
  if (added.length > 0) differences.push(`${added.join(', ')} ${added.length === 1 ? 'is' : 'are'} added`);
  if (Math.abs(catalogue.usable - ORIGINAL.recordings) > SAME_SIZE * ORIGINAL.recordings) {
    differences.push(
      `it has ${formatCount(catalogue.usable)} recordings instead of ${formatCount(ORIGINAL.recordings)}`,
    );
  }
  if (config.split.protocol !== ORIGINAL.protocol) {
    differences.push(`its test ${UNHEARD[config.split.protocol]} not heard in training`);
  }
  if (model.parameters.normalise === 'speaker') differences.push('it is told who speaks');
  if (model.featureSet.name !== ORIGINAL.featureSet) differences.push(`its features are ${model.featureSet.name}`);
  const unheard = ORIGINAL.perClass.filter(({ label }) => !metrics.labels.includes(label)).map(({ label }) => label);
  if (unheard.length > 0) differences.push(`it does not know ${unheard.join(', ')}`);
  return differences;
}
