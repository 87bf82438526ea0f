/**
 * Adds the magnitudes of one octave of the constant-Q transform, for two batches of four frames, to their chroma classes.
 * Each weight is loaded once for both, and their sums do not wait for one another.
 *
 * `spectrum`: complex bins from `firstBin` on, those of the second batch `spectrumBytes` behind. `filters`: 36 rows of
 * first bin (i32), number of bins (i32), and as many complex weights (two f32). `scale` applies to all of them.
 * `chroma`: 12 vectors for each batch, class 0 first; a class takes the filter of its pitch and both neighbours.
 */
export function addOctave(
  spectrum: usize,
  spectrumBytes: usize,
  firstBin: i32,
  filters: usize,
  scale: f32,
  chroma: usize,
): void {
  for (let row = 1; row <= 36; row++) {
    const count = load<i32>(filters, 4);
    let bin = spectrum + ((<usize>(load<i32>(filters) - firstBin)) << 5);
    filters += 8;
    let re = f32x4.splat(0);
    let im = f32x4.splat(0);
    let re2 = f32x4.splat(0);
    let im2 = f32x4.splat(0);
    for (const end = filters + ((<usize>count) << 3); filters < end; filters += 8) {
      const wr = v128.load32_splat(filters);
      const wi = v128.load32_splat(filters, 4);
      const xr = v128.load(bin);
      const xi = v128.load(bin, 16);
      re = f32x4.add(re, f32x4.sub(f32x4.mul(wr, xr), f32x4.mul(wi, xi)));
      im = f32x4.add(im, f32x4.add(f32x4.mul(wr, xi), f32x4.mul(wi, xr)));
      const xr2 = v128.load(bin + spectrumBytes);
      const xi2 = v128.load(bin + spectrumBytes, 16);
      re2 = f32x4.add(re2, f32x4.sub(f32x4.mul(wr, xr2), f32x4.mul(wi, xi2)));
      im2 = f32x4.add(im2, f32x4.add(f32x4.mul(wr, xi2), f32x4.mul(wi, xr2)));
      bin += 32;
    }
    const at = chroma + ((<usize>((row / 3) % 12)) << 4);
    addSize(re, im, scale, at);
    addSize(re2, im2, scale, at + (12 << 4));
  }
}

function addSize(re: v128, im: v128, scale: f32, at: usize): void {
  const size = f32x4.sqrt(f32x4.add(f32x4.mul(re, re), f32x4.mul(im, im)));
  v128.store(at, f32x4.add(v128.load(at), f32x4.mul(size, f32x4.splat(scale))));
}
