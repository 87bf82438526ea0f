import type { FileFeatures, FileWindows } from '../../activities/jobs/extractFiles.js';
import { warningsOf } from '../../core/contracts/predictions.js';
import type { Bundle } from '../../core/training/bundle.js';
import { createPredictor } from '../../core/training/predictor.js';

/** What a model says of some samples. */
export type Answer = { emotion: string; probability: number; probabilities: Record<string, number> };

/** One recording, or one span of it (seconds), and what the model says of it; a bad one is a row with its error. */
export type Prediction = { file: string; start?: number; end?: number } & (
  (Answer & { durationSeconds: number; warnings: string[] }) | { error: string }
);

/** Turns features into predictions, a batch at a time. */
export type Recogniser = {
  files(rows: readonly FileFeatures[]): Prediction[];
  windows(rows: readonly FileWindows[]): Prediction[];
};

export function createRecogniser(bundle: Bundle): Recogniser {
  const answers = createAnswers(bundle);
  return {
    files(rows) {
      const answered = answers(rows.flatMap((row) => ('error' in row ? [] : [row.values])));
      return rows.map((row) => {
        if ('error' in row) return { file: row.path, error: row.error };
        const { durationSeconds, peak } = row;
        return { file: row.path, ...answered.shift()!, durationSeconds, warnings: warningsOf(durationSeconds, peak) };
      });
    },
    windows(rows) {
      const spans = rows.flatMap((row) => ('error' in row ? [] : row.windows));
      const answered = answers(spans.flatMap((span) => ('error' in span ? [] : [span.values])));
      return rows.flatMap((row) => {
        if ('error' in row) return [{ file: row.path, error: row.error }];
        return row.windows.map((span): Prediction => {
          const { start, end, peak } = span;
          const at = { file: row.path, start, end };
          if ('error' in span) return { ...at, error: span.error };
          return {
            ...at,
            ...answered.shift()!,
            durationSeconds: end - start,
            warnings: warningsOf(end - start, peak),
          };
        });
      });
    },
  };
}

/** Answers to vectors of features, all in one pass through the network. */
function createAnswers(bundle: Bundle): (vectors: readonly Float64Array[]) => Answer[] {
  const { labels } = bundle;
  const predict = createPredictor(bundle);
  const columns = bundle.scaler.mean.length;
  return (vectors) => {
    const rows = new Float64Array(vectors.length * columns);
    vectors.forEach((vector, row) => rows.set(vector, row * columns));
    const probabilities = predict(rows, vectors.length);
    return vectors.map((_, row) => {
      const shares = [...probabilities.subarray(row * labels.length, (row + 1) * labels.length)];
      const best = shares.indexOf(Math.max(...shares));
      return {
        emotion: labels[best]!,
        probability: shares[best]!,
        probabilities: Object.fromEntries(labels.map((label, index) => [label, shares[index]!])),
      };
    });
  };
}
