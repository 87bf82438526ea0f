/**
 * Adds the magnitudes of one octave of the constant-Q transform, for four frames, to their chroma classes.
 *
 * `spectrum`: complex bins from `firstBin` on. `filters`: 36 rows of first bin (i32), number of bins (i32), and as many
 * complex weights (two f32). `scale` applies to all of them. `chroma`: 12 vectors, class 0 first; a
 * class takes the filter of its pitch and both neighbours.
 */
export function addOctave(spectrum: usize, firstBin: i32, filters: usize, scale: f32, chroma: usize): void {
  const scales = f32x4.splat(scale);
  for (let row = 1; row <= 36; row++) {
    const count = load<i32>(filters, 4);
    let bin = spectrum + ((<usize>(load<i32>(filters) - firstBin)) << 5);
    filters += 8;
    let re = f32x4.splat(0);
    let im = f32x4.splat(0);
    for (let i = 0; i < count; i++) {
      const wr = v128.load32_splat(filters);
      const wi = v128.load32_splat(filters, 4);
      const xr = v128.load(bin);
      const xi = v128.load(bin, 16);
      re = f32x4.add(re, f32x4.sub(f32x4.mul(wr, xr), f32x4.mul(wi, xi)));
      im = f32x4.add(im, f32x4.add(f32x4.mul(wr, xi), f32x4.mul(wi, xr)));
      filters += 8;
      bin += 32;
    }
    const size = f32x4.sqrt(f32x4.add(f32x4.mul(re, re), f32x4.mul(im, im)));
    const at = chroma + ((<usize>((row / 3) % 12)) << 4);
    v128.store(at, f32x4.add(v128.load(at), f32x4.mul(size, scales)));
  }
}
