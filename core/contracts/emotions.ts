/** The eight emotions, in the order of every table, matrix and probability vector of this project. */
export const EMOTIONS = ['angry', 'calm', 'disgust', 'fear', 'happy', 'neutral', 'sad', 'surprise'] as const;

export type Emotion = (typeof EMOTIONS)[number];

/** The labels that occur, the known eight in their order first, then others by alphabet. */
export function labelOrder(labels: Iterable<string>): string[] {
  const present = new Set(labels);
  const known = EMOTIONS.filter((emotion) => present.has(emotion));
  const others = [...present].filter((label) => !(EMOTIONS as readonly string[]).includes(label)).sort();
  return [...known, ...others];
}
