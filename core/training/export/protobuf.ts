/** A field of a message, encoded: its number and wire type, then its value. */
type Field = Uint8Array;

const VARINT = 0;
const LENGTH_DELIMITED = 2;

/** A message of the Protocol Buffers wire format (the public encoding guide): its fields one after another. */
export function message(...fields: (Field | readonly Field[])[]): Uint8Array {
  return concatenated(fields.flat());
}

/** A field of an integer type, 0 to 2^53. */
export function integer(number: number, value: number): Field {
  return concatenated([tag(number, VARINT), varint(value)]);
}

/** A field of type string. */
export function text(number: number, value: string): Field {
  return bytes(number, new TextEncoder().encode(value));
}

/** A field of type bytes, or a message in a message. */
export function bytes(number: number, value: Uint8Array): Field {
  return concatenated([tag(number, LENGTH_DELIMITED), varint(value.length), value]);
}

function tag(number: number, wireType: number): Uint8Array {
  return varint(number * 8 + wireType);
}

/** Seven bits a byte, the lowest first; the high bit says that more follow. */
function varint(value: number): Uint8Array {
  const digits: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) digits.push((rest % 128) + 128);
  return Uint8Array.of(...digits, rest);
}

function concatenated(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
