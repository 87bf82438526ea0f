import type { AudioSource, SourceEntry } from '../source.js';
import { planUtterance } from './plan.js';
import { type DemoUtterance, demoUtterances } from './script.js';
import { sampleCount, synthesise } from './synthesiser.js';
import { encodeWav, wavSize } from './wav.js';

/**
 * The demo corpus: synthetic speech in the grammars, proportions and sampling rates of the four corpora, for trying the
 * pipeline out. Every file is made when it is read, by itself, and is the same to the bit on every machine: all arithmetic
 * is IEEE additions, multiplications, divisions and square roots, all chance comes from seeded streams.
 */
export function openDemo(): AudioSource {
  return { spec: 'demo', kind: 'demo', whole: true, entries: demoUtterances().map(entryOf) };
}

function entryOf(utterance: DemoUtterance, index: number): SourceEntry {
  const { path, facts, style } = utterance;
  const sizeBytes = wavSize(sampleCount(planUtterance(utterance), style.sampleRate), style.dataOffset);
  return { path, facts, sizeBytes, place: { kind: 'demo', index } };
}

let utterances: DemoUtterance[] | undefined;

/** The bytes of one recording, by its place in {@link openDemo}. */
export function readDemo(index: number): Uint8Array {
  utterances ??= demoUtterances();
  const utterance = utterances[index];
  if (utterance === undefined) throw new RangeError(`the demo corpus has no recording ${index}`);
  const { sampleRate, dataOffset } = utterance.style;
  return encodeWav(synthesise(planUtterance(utterance), utterance), sampleRate, dataOffset);
}
