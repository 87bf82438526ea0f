/** The 16-bit linear value of each of the 256 codes of ITU-T G.711, divided by full scale. */
function expansionTable(linear: (code: number) => number): Float32Array {
  return Float32Array.from({ length: 256 }, (_, code) => linear(code) / 32768);
}

/** Mu-law: 14 bits, all bits inverted, bias 33 (132 in 16 bits). */
export const MU_LAW = expansionTable((code) => {
  const inverted = ~code & 0xff;
  const magnitude = ((((inverted & 0x0f) << 3) + 132) << ((inverted & 0x70) >> 4)) - 132;
  return inverted & 0x80 ? 0 - magnitude : magnitude;
});

/** A-law: 13 bits, even bits inverted; the sign bit is set for positive values. */
export const A_LAW = expansionTable((code) => {
  const toggled = code ^ 0x55;
  const segment = (toggled & 0x70) >> 4;
  const step = ((toggled & 0x0f) << 4) + 8;
  const magnitude = segment === 0 ? step : (step + 256) << (segment - 1);
  return toggled & 0x80 ? magnitude : -magnitude;
});
