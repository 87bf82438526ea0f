/** Start of the memory that nothing static occupies; blocks are handed out once and never returned. */
let next: usize = __heap_base;

/** Reserves a block of zeros, aligned to 64 bytes, and returns its address. */
export function allocate(bytes: usize): usize {
  const address = (next + 63) & ~63;
  next = address + bytes;
  const missing = <i32>((next + 0xffff) >>> 16) - memory.size();
  if (missing > 0) memory.grow(missing);
  return address;
}
