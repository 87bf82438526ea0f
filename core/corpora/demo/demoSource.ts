import { type AudioSource, listedSource, type SourceEntry } from '../source.js';
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
  const entries = demoUtterances().map(entryOf);
  return listedSource('demo', 'demo', entries);
}

function entryOf(utterance: DemoUtterance): SourceEntry {
  const { path, facts, style } = utterance;
  const plan = planUtterance(utterance);
  return {
    path,
    facts,
    sizeBytes: wavSize(sampleCount(plan, style.sampleRate), style.dataOffset),
    read: () => Promise.resolve(encodeWav(synthesise(plan, utterance), style.sampleRate, style.dataOffset)),
  };
}
