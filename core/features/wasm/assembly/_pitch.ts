/** What a column's local maximum must exceed, as a share of the column's largest value. */
const THRESHOLD: f32 = 0.1;

/**
 * Local maxima of four spectra, refined by a parabola: librosa's `piptrack`, with its roundings to single precision, of
 * the magnitudes and of the powers at once. Both have their maxima at the same bins, as squares of different magnitudes differ.
 *
 * Bins `first` to `last` (both included) are looked at; a maximum must exceed a tenth of the largest of all `bins`.
 * Frequency and height (two f32) of each are appended to two lists, whose ends `ends` holds (two u32, magnitudes
 * first). Only the first `lanes` frames count. `binWidth`: sampling rate / transform length.
 */
export function spectralPeaks(
  magnitude: usize,
  bins: i32,
  first: i32,
  last: i32,
  lanes: i32,
  binWidth: f64,
  ends: usize,
): void {
  let largest = v128.load(magnitude);
  for (let at = magnitude + 16, end = magnitude + ((<usize>bins) << 4); at < end; at += 16) {
    largest = f32x4.pmax(largest, v128.load(at));
  }
  const threshold = f32x4.mul(largest, f32x4.splat(THRESHOLD));
  const powerThreshold = f32x4.mul(f32x4.mul(largest, largest), f32x4.splat(THRESHOLD));
  const counted = (1 << lanes) - 1;
  let magnitudes: usize = load<u32>(ends);
  let powers: usize = load<u32>(ends, 4);

  let at = magnitude + ((<usize>first) << 4);
  let before = v128.load(at - 16);
  let here = v128.load(at);
  for (let bin = first; bin <= last; bin++, at += 16) {
    const after = v128.load(at, 16);
    const isPeak = v128.and(f32x4.gt(here, threshold), v128.and(f32x4.gt(here, before), f32x4.ge(here, after)));
    let found = i32x4.bitmask(isPeak) & counted;
    if (found != 0) {
      const strong = i32x4.bitmask(f32x4.gt(f32x4.mul(here, here), powerThreshold));
      for (; found != 0; found &= found - 1) {
        const lane = ctz(found);
        const peak = at + ((<usize>lane) << 2);
        const below = load<f32>(peak - 16);
        const height = load<f32>(peak);
        const above = load<f32>(peak, 16);
        append(magnitudes, bin, below, height, above, binWidth);
        magnitudes += 8;
        if ((strong >> lane) & 1) {
          append(powers, bin, below * below, height * height, above * above, binWidth);
          powers += 8;
        }
      }
    }
    before = here;
    here = after;
  }
  store<u32>(ends, <u32>magnitudes);
  store<u32>(ends, <u32>powers, 4);
}

function append(list: usize, bin: i32, below: f32, height: f32, above: f32, binWidth: f64): void {
  const curvature = <f64>(above + below) - 2 * <f64>height;
  const slope = <f64>(above - below) / 2;
  const shift: f32 = abs(slope) >= abs(curvature) ? 0 : <f32>(-slope / curvature);
  const gradient: f32 = (above - below) / 2;
  store<f32>(list, <f32>((<f64>bin + <f64>shift) * binWidth));
  store<f32>(list, height + <f32>0.5 * gradient * shift, 4);
}

/**
 * Deviation from equal temperament at A = 440 Hz, in bins: librosa's `estimate_tuning`.
 *
 * Of the peaks in the list (see `spectralPeaks`) those at least as high as the median vote; the fullest of the 100
 * classes of residuals wins, the lowest of them on a tie. `edges`: the 101 class edges (f64); `counts`: the 100 counts
 * (i32), left for inspection; `scratch`: room for the heights. Returns the index of the winning class, -1
 * without any peaks.
 */
export function tuningClass(
  list: usize,
  end: usize,
  binsPerOctave: f32,
  edges: usize,
  counts: usize,
  scratch: usize,
): i32 {
  const n = <i32>((end - list) >> 3);
  memory.fill(counts, 0, 400);
  if (n == 0) return -1;
  for (let i = 0; i < n; i++) {
    store<f32>(scratch + ((<usize>i) << 2), load<f32>(list + ((<usize>i) << 3), 4));
  }
  const threshold = median(scratch, n);
  for (let at = list; at < end; at += 8) {
    if (load<f32>(at, 4) < threshold) continue;
    const octaves = <f32>Math.log2(<f64>(load<f32>(at) / <f32>27.5));
    const position: f32 = binsPerOctave * octaves;
    let residual: f32 = position - floor<f32>(position);
    if (residual >= 0.5) residual -= 1;
    const slot = counts + ((<usize>classOf(residual, edges)) << 2);
    store<i32>(slot, load<i32>(slot) + 1);
  }
  let best = 0;
  for (let i = 1; i < 100; i++) {
    if (load<i32>(counts + ((<usize>i) << 2)) > load<i32>(counts + ((<usize>best) << 2))) best = i;
  }
  return best;
}

/** The class whose edges enclose the residual; the guess can be off by one where an edge is rounded. */
function classOf(residual: f64, edges: usize): i32 {
  let guess = min<i32>(<i32>((residual + 0.5) * 100), 99);
  if (residual < load<f64>(edges + ((<usize>guess) << 3))) guess--;
  else if (guess < 99 && residual >= load<f64>(edges + ((<usize>guess) << 3), 8)) guess++;
  return guess;
}

/** NumPy's median in single precision; reorders the values. */
function median(values: usize, n: i32): f32 {
  const half = n >> 1;
  const upper = select(values, n, half);
  if (n & 1) return upper;
  let lower = load<f32>(values);
  for (let i = 1; i < half; i++) lower = max<f32>(lower, load<f32>(values + ((<usize>i) << 2)));
  return (lower + upper) / 2;
}

/** The value of rank `k` (from 0); afterwards all before it are no larger (Hoare's quickselect). */
function select(values: usize, n: i32, k: i32): f32 {
  let low = 0;
  let high = n - 1;
  while (low < high) {
    const pivot = load<f32>(values + ((<usize>((low + high) >> 1)) << 2));
    let i = low;
    let j = high;
    while (i <= j) {
      while (load<f32>(values + ((<usize>i) << 2)) < pivot) i++;
      while (load<f32>(values + ((<usize>j) << 2)) > pivot) j--;
      if (i <= j) {
        const swapped = load<f32>(values + ((<usize>i) << 2));
        store<f32>(values + ((<usize>i) << 2), load<f32>(values + ((<usize>j) << 2)));
        store<f32>(values + ((<usize>j) << 2), swapped);
        i++;
        j--;
      }
    }
    if (k <= j) high = j;
    else if (k >= i) low = i;
    else break;
  }
  return load<f32>(values + ((<usize>k) << 2));
}
