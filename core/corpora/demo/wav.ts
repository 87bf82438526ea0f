const HEADER_BYTES = 44;
const PROGRAM = 'ser demo corpus\0';

/** The size of the file that {@link encodeWav} makes. */
export function wavSize(sampleCount: number, dataOffset: number): number {
  const trailer = dataOffset === HEADER_BYTES ? 0 : 20 + PROGRAM.length;
  return dataOffset + 2 * sampleCount + trailer;
}

/**
 * A RIFF WAVE file of 16 bits, mono.
 *
 * @param samples full scale 1; beyond it they are clipped
 * @param dataOffset where the samples start. Beyond 44 a chunk `FLLR` pads the header and a list of metadata follows the
 *   samples, as in RAVDESS
 */
export function encodeWav(samples: Float64Array, sampleRate: number, dataOffset: number): Uint8Array {
  const size = wavSize(samples.length, dataOffset);
  const file = Buffer.alloc(size);
  const chunk = (offset: number, id: string, length: number): void => {
    file.write(id, offset, 'latin1');
    file.writeUInt32LE(length, offset + 4);
  };
  chunk(0, 'RIFF', size - 8);
  file.write('WAVE', 8, 'latin1');
  chunk(12, 'fmt ', 16);
  file.writeUInt16LE(1, 20);
  file.writeUInt16LE(1, 22);
  file.writeUInt32LE(sampleRate, 24);
  file.writeUInt32LE(2 * sampleRate, 28);
  file.writeUInt16LE(2, 32);
  file.writeUInt16LE(16, 34);
  if (dataOffset > HEADER_BYTES) chunk(36, 'FLLR', dataOffset - HEADER_BYTES - 8);
  chunk(dataOffset - 8, 'data', 2 * samples.length);
  for (let n = 0; n < samples.length; n++) {
    const value = Math.round(samples[n]! * 32768);
    file.writeInt16LE(Math.max(-32768, Math.min(32767, value)), dataOffset + 2 * n);
  }
  const end = dataOffset + 2 * samples.length;
  if (end < size) {
    chunk(end, 'LIST', 12 + PROGRAM.length);
    file.write('INFO', end + 8, 'latin1');
    chunk(end + 12, 'ISFT', PROGRAM.length);
    file.write(PROGRAM, end + 20, 'latin1');
  }
  return file;
}
