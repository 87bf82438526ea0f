/** Multiplies by the reciprocal of the largest size, so that the largest becomes 1. Nothing but zeros is left alone. */
export function scaleSamples(samples: usize, count: i32): void {
  const end = samples + ((<usize>count) << 2);
  let largest: f32 = 0;
  for (let at = samples; at < end; at += 4) largest = max(largest, abs(load<f32>(at)));
  if (largest == 0) return;
  // Divided rather than multiplied: the reciprocal of the smallest numbers is infinite.
  for (let at = samples; at < end; at += 4) store<f32>(at, load<f32>(at) / largest);
}

/**
 * Mean square, largest size and zero crossings of `frames` frames of `length` samples (a multiple of 4), `hop` apart; a
 * number (f32) a frame at `powers`, `peaks` and `crossings`.
 */
export function frameMeasures(
  samples: usize,
  frames: i32,
  length: i32,
  hop: i32,
  powers: usize,
  peaks: usize,
  crossings: usize,
): void {
  const bytes = (<usize>length) << 2;
  for (let frame = 0; frame < frames; frame++) {
    const start = samples + ((<usize>(frame * hop)) << 2);
    let squares = f32x4.splat(0);
    let largest = f32x4.splat(0);
    let count = 0;
    let previous = load<f32>(start) < 0 ? 1 : 0;
    for (let at = start; at < start + bytes; at += 16) {
      const x = v128.load(at);
      squares = f32x4.add(squares, f32x4.mul(x, x));
      largest = f32x4.pmax(largest, f32x4.abs(x));
      const signs = i32x4.bitmask(f32x4.lt(x, f32x4.splat(0)));
      count += popcnt((signs ^ ((signs << 1) | previous)) & 15);
      previous = signs >> 3;
    }
    const at = (<usize>frame) << 2;
    store<f32>(powers + at, addLanes(squares) / <f32>length);
    store<f32>(peaks + at, largestLane(largest));
    store<f32>(crossings + at, <f32>count / <f32>length);
  }
}

function addLanes(x: v128): f32 {
  return f32x4.extract_lane(x, 0) + f32x4.extract_lane(x, 1) + (f32x4.extract_lane(x, 2) + f32x4.extract_lane(x, 3));
}

function largestLane(x: v128): f32 {
  return max<f32>(
    max<f32>(f32x4.extract_lane(x, 0), f32x4.extract_lane(x, 1)),
    max<f32>(f32x4.extract_lane(x, 2), f32x4.extract_lane(x, 3)),
  );
}
