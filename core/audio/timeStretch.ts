/** Length of a segment: long enough for two periods of a low voice. */
const SEGMENT_SECONDS = 0.02;
/** How far from its due place a segment may be taken, either way. */
const SEARCH_SECONDS = 0.012;
/** The first look compares every so many samples at every so many places; the best is then looked at closely. */
const COARSE = 4;

/**
 * Plays a signal faster or slower without changing its pitch: waveform similarity overlap-add (Verhelst and Roelands, 1993).
 * Each segment fades into the one that follows on it best near the place that is due.
 *
 * @param rate above 1 is faster: the result is `samples.length / rate` long
 */
export function timeStretch(samples: Float32Array, sampleRate: number, rate: number): Float32Array {
  const hop = Math.round(SEGMENT_SECONDS * sampleRate);
  const search = Math.round(SEARCH_SECONDS * sampleRate);
  const stretched = new Float32Array(Math.round(samples.length / rate));
  const fadeIn = Float32Array.from(
    { length: hop },
    (_, index) => 0.5 - 0.5 * Math.cos((Math.PI * (index + 0.5)) / hop),
  );
  let continued = 0;
  for (let start = 0; start < stretched.length; start += hop) {
    const due = Math.round(start * rate);
    const next = bestPlace(samples, continued, due, hop, search);
    for (let index = 0; index < hop && start + index < stretched.length; index++) {
      const weight = fadeIn[index]!;
      const leaving = samples[continued + index] ?? 0;
      const coming = samples[next + index] ?? 0;
      stretched[start + index] = leaving + weight * (coming - leaving);
    }
    continued = next + hop;
  }
  return stretched;
}

/**
 * Where near `due` the signal resembles most what it would go on with at `continued`; nothing resembles that more than it
 * does itself, so it goes on there while that is near enough.
 */
function bestPlace(samples: Float32Array, continued: number, due: number, hop: number, search: number): number {
  if (Math.abs(continued - due) <= search) return continued;
  const from = Math.max(0, due - search);
  const to = Math.min(Math.max(from, samples.length - hop), due + search);
  const rough = mostAlike(samples, continued, from, to, COARSE, hop);
  return mostAlike(samples, continued, Math.max(from, rough - COARSE + 1), Math.min(to, rough + COARSE - 1), 1, hop);
}

/** The place from `from` to `to` of the highest normalised correlation, by steps of so many places and samples. */
function mostAlike(
  samples: Float32Array,
  continued: number,
  from: number,
  to: number,
  step: number,
  hop: number,
): number {
  let best = from;
  let highest = -Infinity;
  for (let place = from; place <= to; place += step) {
    let product = 0;
    let energy = 1e-12;
    for (let index = 0; index < hop; index += step) {
      const value = samples[place + index] ?? 0;
      product += value * (samples[continued + index] ?? 0);
      energy += value * value;
    }
    const likeness = product / Math.sqrt(energy);
    if (likeness > highest) {
      highest = likeness;
      best = place;
    }
  }
  return best;
}
