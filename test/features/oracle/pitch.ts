/** A local maximum of a spectrum, between bins. */
export type Peak = { hz: number; height: number };

/** `librosa.piptrack` of one column: local maxima above a tenth of the largest, refined by a parabola. */
export function spectralPeaks(column: Float64Array, binHz: number): Peak[] {
  const x = Float32Array.from(column);
  const threshold = Math.fround(0.1) * Math.max(...x);
  const peaks: Peak[] = [];
  for (let bin = 1; bin < x.length - 1; bin++) {
    if (bin * binHz < 150 || bin * binHz >= 4000) continue;
    const [before, here, after] = [x[bin - 1]!, x[bin]!, x[bin + 1]!];
    if (here <= Math.fround(threshold) || here <= before || here < after) continue;
    const curvature = Math.fround(after + before) - 2 * here;
    const slope = Math.fround(after - before) / 2;
    const shift = Math.abs(slope) >= Math.abs(curvature) ? 0 : Math.fround(-slope / curvature);
    const skew = Math.fround(Math.fround(0.5 * slope) * shift);
    peaks.push({ hz: Math.fround((bin + shift) * binHz), height: Math.fround(here + skew) });
  }
  return peaks;
}

/** Votes of the peaks at least as high as the median for the 100 classes of residuals: `librosa.pitch_tuning`. */
export function tuningVotes(peaks: Peak[], binsPerOctave: number): number[] {
  const heights = peaks.map(({ height }) => height).sort((a, b) => a - b);
  const middle = heights.length >> 1;
  const median =
    heights.length % 2 === 1 ? heights[middle]! : Math.fround((heights[middle - 1]! + heights[middle]!) / 2);
  const votes = new Array<number>(100).fill(0);
  for (const { hz, height } of peaks) {
    if (height < median) continue;
    const position = Math.fround(binsPerOctave * Math.fround(Math.log2(Math.fround(hz / 27.5))));
    const fraction = Math.fround(position - Math.floor(position));
    const residual = fraction >= 0.5 ? fraction - 1 : fraction;
    let index = 0;
    while (index < 99 && residual >= (index + 1) * 0.01 - 0.5) index++;
    votes[index]!++;
  }
  return votes;
}

/** The class with the most votes, the lowest on a tie; -1 without any. */
export function fullestClass(votes: number[]): number {
  const most = Math.max(...votes);
  return most === 0 ? -1 : votes.indexOf(most);
}
