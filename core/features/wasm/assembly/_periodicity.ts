import { decibels } from './_decibels';

/** Local maxima of an autocorrelation below it are no pitch. */
const LEAST_STRENGTH: f32 = 0.2;

/** The largest autocorrelation of four frames at lags from `first` up to, not including, `last`, between 0 and 1. */
export function periodicity(correlations: usize, first: i32, last: i32, contour: usize): void {
  let largest = f32x4.splat(0);
  const end = correlations + ((<usize>last) << 4);
  for (let at = correlations + ((<usize>first) << 4); at < end; at += 16) {
    largest = f32x4.pmax(largest, v128.load(at));
  }
  v128.store(contour, f32x4.pmin(largest, f32x4.splat(1)));
}

/**
 * The best local maxima of the autocorrelations of four frames at lags from `first` up to, not including, `last`, refined
 * by a parabola: `most` a frame, of three numbers (f32) each, at `out`: lag, strength, and strength less
 * the cost of its lag (`costs`, f32 by lag), by which they descend. A place without any has lag 0 and the score -1.
 */
export function pitchCandidates(correlations: usize, first: i32, last: i32, costs: usize, most: i32, out: usize): void {
  for (let place = 0; place < 4 * most; place++) {
    store<f32>(out + <usize>(12 * place), 0);
    store<f32>(out + <usize>(12 * place), 0, 4);
    store<f32>(out + <usize>(12 * place), -1, 8);
  }
  const least = f32x4.splat(LEAST_STRENGTH);
  for (let lag = first; lag < last; lag++) {
    const at = correlations + ((<usize>lag) << 4);
    const here = v128.load(at);
    const isPeak = v128.and(
      f32x4.gt(here, least),
      v128.and(f32x4.gt(here, v128.load(at - 16)), f32x4.ge(here, v128.load(at, 16))),
    );
    for (let found = i32x4.bitmask(isPeak); found != 0; found &= found - 1) {
      const lane = ctz(found);
      const cost = load<f32>(costs + ((<usize>lag) << 2));
      insert(at + ((<usize>lane) << 2), <f32>lag, cost, most, out + <usize>(12 * most * lane));
    }
  }
}

function insert(peak: usize, lag: f32, cost: f32, most: i32, list: usize): void {
  const below = load<f32>(peak - 16);
  const height = load<f32>(peak);
  const above = load<f32>(peak, 16);
  const shift: f32 = (<f32>0.5 * (below - above)) / (below - 2 * height + above);
  const vertex: f32 = height - <f32>0.25 * (below - above) * shift;
  const strength: f32 = vertex > 1 ? 1 / vertex : vertex;
  const score: f32 = strength - cost;
  let place = list + <usize>(12 * (most - 1));
  if (score <= load<f32>(place, 8)) return;
  for (; place > list && load<f32>(place - 4) < score; place -= 12) memory.copy(place, place - 12, 12);
  store<f32>(place, lag + shift);
  store<f32>(place, strength, 4);
  store<f32>(place, score, 8);
}

/**
 * Levels (dB) of the first three harmonics of one frame, and of the highest peaks in two bands: five contours.
 *
 * `power`: the spectra of four frames; `lane`: which of them. A harmonic is the largest power within 0.3 of the pitch
 * (`pitchBins`, in bins). `bands`: first bin and number of bins (i32) of both. `out` takes eight numbers (f32), of which five
 * count.
 */
export function harmonicLevels(power: usize, lane: i32, pitchBins: f32, bands: usize, out: usize): void {
  const first = power + ((<usize>lane) << 2);
  const reach: f32 = <f32>0.3 * pitchBins;
  for (let harmonic: f32 = 1; harmonic <= 3; harmonic++) {
    const centre = harmonic * pitchBins;
    store<f32>(out, largest(first, <i32>ceil<f32>(centre - reach), <i32>floor<f32>(centre + reach)));
    out += 4;
  }
  for (let band = 0; band < 2; band++) {
    const from = load<i32>(bands);
    store<f32>(out, largest(first, from, from + load<i32>(bands, 4) - 1));
    bands += 8;
    out += 4;
  }
  const least = f32x4.splat(1e-8);
  v128.store(out - 20, decibels(f32x4.pmax(v128.load(out - 20), least)));
  v128.store(out - 4, decibels(f32x4.pmax(v128.load(out - 4), least)));
}

function largest(first: usize, from: i32, to: i32): f32 {
  let found: f32 = 0;
  for (let bin = from; bin <= to; bin++) found = max<f32>(found, load<f32>(first + ((<usize>bin) << 4)));
  return found;
}
