/**
 * One channel out of several: their mean, summed and divided in single precision as `librosa.to_mono` does (numpy sums
 * eight or more in eight partial sums).
 *
 * @param channels of equal length; a single one is returned itself, not copied
 */
export function mixDown(channels: readonly Float32Array[]): Float32Array {
  const [first, ...others] = channels;
  if (!first) return new Float32Array(0);
  if (others.length === 0) return first;
  const sum = channels.length < 8 ? sumInOrder(channels) : sumInEight(channels);
  for (let i = 0; i < sum.length; i++) sum[i]! /= channels.length;
  return sum;
}

function addInto(sum: Float32Array, samples: Float32Array): Float32Array {
  for (let i = 0; i < sum.length; i++) sum[i]! += samples[i]!;
  return sum;
}

function sumInOrder(channels: readonly Float32Array[]): Float32Array {
  return channels.slice(1).reduce(addInto, channels[0]!.slice());
}

/** Eight partial sums over every eighth channel, added as a tree, then what is left over. */
function sumInEight(channels: readonly Float32Array[]): Float32Array {
  const whole = channels.length - (channels.length % 8);
  const partial = Array.from({ length: 8 }, (_, lane) =>
    sumInOrder(channels.filter((_, index) => index < whole && index % 8 === lane)),
  );
  const pair = (a: number, b: number): Float32Array => addInto(partial[a]!, partial[b]!);
  const left = addInto(pair(0, 1), pair(2, 3));
  const right = addInto(pair(4, 5), pair(6, 7));
  return channels.slice(whole).reduce(addInto, addInto(left, right));
}
