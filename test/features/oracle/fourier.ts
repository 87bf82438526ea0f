/** A complex signal or spectrum. */
export type Complex = { re: Float64Array; im: Float64Array };

/** The discrete Fourier transform of a power of two of samples, by halves, straight from its definition. */
export function fourierTransform({ re, im }: Complex): Complex {
  const n = re.length;
  if (n === 1) return { re, im };
  const half = n / 2;
  const everySecond = (values: Float64Array, offset: number): Float64Array =>
    Float64Array.from({ length: half }, (_, i) => values[2 * i + offset]!);
  const even = fourierTransform({ re: everySecond(re, 0), im: everySecond(im, 0) });
  const odd = fourierTransform({ re: everySecond(re, 1), im: everySecond(im, 1) });
  const whole = { re: new Float64Array(n), im: new Float64Array(n) };
  for (let k = 0; k < half; k++) {
    const c = Math.cos((2 * Math.PI * k) / n);
    const s = -Math.sin((2 * Math.PI * k) / n);
    const tr = odd.re[k]! * c - odd.im[k]! * s;
    const ti = odd.re[k]! * s + odd.im[k]! * c;
    whole.re[k] = even.re[k]! + tr;
    whole.im[k] = even.im[k]! + ti;
    whole.re[k + half] = even.re[k]! - tr;
    whole.im[k + half] = even.im[k]! - ti;
  }
  return whole;
}

/** Short-time spectra, bins 0 to n/2, of frames centred on multiples of the hop; zeros surround the signal. */
export function shortTimeSpectra(samples: Float32Array, window: Float64Array, hopLength: number): Complex[] {
  const n = window.length;
  return Array.from({ length: 1 + Math.floor(samples.length / hopLength) }, (_, frame) => {
    const start = frame * hopLength - n / 2;
    const re = window.map((weight, i) => weight * (samples[start + i] ?? 0));
    const spectrum = fourierTransform({ re, im: new Float64Array(n) });
    return { re: spectrum.re.slice(0, n / 2 + 1), im: spectrum.im.slice(0, n / 2 + 1) };
  });
}

/** Magnitudes as NumPy computes them in single precision: larger * sqrt(1 + ratio^2). */
export function magnitudes({ re, im }: Complex): Float64Array {
  return re.map((real, k) => {
    const sizes = [Math.abs(Math.fround(real)), Math.abs(Math.fround(im[k]!))] as const;
    const larger = Math.max(...sizes);
    if (larger === 0) return 0;
    const ratio = Math.fround(Math.min(...sizes) / larger);
    return Math.fround(Math.fround(Math.sqrt(Math.fround(1 + ratio * ratio))) * larger);
  });
}
