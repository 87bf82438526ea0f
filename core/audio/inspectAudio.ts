import type { AudioFacts } from '../contracts/utterance.js';
import { decodeBlocks, missingFramesOf } from './compressed.js';
import { compressedFacts } from './compressedFacts.js';
import { assertFinite, pcmLayoutOf } from './decodeAudio.js';
import { badAudio } from './decodedAudio.js';
import { addLevels, type Levels, levelsOfPcm16, NO_LEVELS } from './levels.js';
import { BYTES_PER_SAMPLE, readChannel, type PcmLayout } from './pcm.js';

/** What the samples say of a recording, and how much of it the file lacks. */
export type InspectedAudio = AudioFacts & { missingFrames: number };

const BLOCK_FRAMES = 8192;

/** The largest magnitude each encoding can hold on both sides of zero: what a clipped sample has. */
const FULL_SCALE: Record<string, number> = {
  u8: 127 / 128,
  s8: 127 / 128,
  s16: 32767 / 32768,
  s24: 8388607 / 8388608,
  alaw: 32256 / 32768,
  ulaw: 32124 / 32768,
};

function levelsOfPcm(bytes: Uint8Array, layout: PcmLayout, name: string): Levels {
  if (layout.encoding === 's16' && layout.littleEndian) {
    const { offset, frames, channels } = layout;
    return levelsOfPcm16(bytes.subarray(offset, offset + frames * channels * BYTES_PER_SAMPLE.s16));
  }
  const levels = { ...NO_LEVELS };
  const fullScale = FULL_SCALE[layout.encoding] ?? 1;
  const isFloat = layout.encoding === 'f32' || layout.encoding === 'f64';
  const scratch = new Float32Array(Math.min(BLOCK_FRAMES, layout.frames));
  for (let frame = 0; frame < layout.frames; frame += BLOCK_FRAMES) {
    const block = scratch.subarray(0, layout.frames - frame);
    for (let channel = 0; channel < layout.channels; channel++) {
      readChannel(bytes, layout, channel, frame, block);
      if (isFloat) assertFinite(block, name, frame);
      addLevels(levels, block, fullScale);
    }
  }
  return levels;
}

type Measured = { levels: Levels; sampleRate: number; channels: number; totalFrames: number; missingFrames: number };

function measurePcm(bytes: Uint8Array, layout: PcmLayout, name: string): Measured {
  const { sampleRate, channels, totalFrames, frames } = layout;
  const levels = levelsOfPcm(bytes, layout, name);
  return { levels, sampleRate, channels, totalFrames, missingFrames: totalFrames - frames };
}

async function measureCompressed(bytes: Uint8Array, name: string): Promise<Measured> {
  const facts = compressedFacts(bytes);
  const levels = { ...NO_LEVELS };
  let frames = 0;
  let sampleRate = 0;
  let channelCount = facts.channels ?? 0;
  for await (const block of decodeBlocks(bytes, name)) {
    sampleRate = block.sampleRate;
    channelCount ||= block.channels.length;
    frames += block.channels[0]!.length;
    for (const samples of block.channels.slice(0, channelCount)) addLevels(levels, samples, FULL_SCALE.s16!);
  }
  if (frames === 0) throw badAudio(name, `the ${facts.encoding} data are damaged: nothing could be decoded`);
  const missingFrames = missingFramesOf(facts, frames);
  return { levels, sampleRate, channels: channelCount, totalFrames: facts.totalFrames ?? frames, missingFrames };
}

/** Throws for a recording that no features are defined for, or that is not all there. */
function assertUsable({ levels, sampleRate, totalFrames, missingFrames }: Measured, name: string): void {
  if (totalFrames === 0) throw badAudio(name, 'the recording holds no samples');
  if (missingFrames > 0) {
    const seconds = (missingFrames / sampleRate).toFixed(2);
    throw badAudio(
      name,
      `the file ends ${seconds} s (${missingFrames} of ${totalFrames} frames) before its header says`,
    );
  }
  if (levels.peak === 0) throw badAudio(name, 'the recording is digital silence: every sample is zero');
}

/**
 * Reads a whole recording for what a catalogue says of it.
 *
 * @throws SerError `BadInput` for what is no recording, holds no samples, ends before its header says, holds samples
 * that are not finite, or is digital silence (librosa's features are not defined there)
 */
export async function inspectAudio(bytes: Uint8Array, name: string): Promise<InspectedAudio> {
  const layout = pcmLayoutOf(bytes, name);
  const measured = layout ? measurePcm(bytes, layout, name) : await measureCompressed(bytes, name);
  assertUsable(measured, name);
  const { levels, sampleRate, channels, totalFrames, missingFrames } = measured;
  return {
    sampleRate,
    channels,
    durationSeconds: totalFrames / sampleRate,
    container: layout?.container ?? compressedFacts(bytes).container,
    peak: levels.peak,
    rms: Math.sqrt(levels.squares / levels.samples),
    clippedShare: levels.clipped / levels.samples,
    missingFrames,
  };
}
