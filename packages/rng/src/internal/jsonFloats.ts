/** Float32 numbers that survive JSON bit for bit, NaN, infinities and −0 included. */

const PREFIX = "float32:";
/** Bytes that are made into text at a time: arguments of one call. */
const PIECE = 0x8000;

/**
 * The array itself, which JSON writes as text from now on: base64 of its bytes, least significant
 * first. As it is, JSON makes an object of a typed array, and null of what is not finite.
 */
export function jsonFloats(values: Float32Array): Float32Array {
  const toJSON = () => PREFIX + textOf(values);
  return Object.defineProperty(values, "toJSON", { value: toJSON, configurable: true });
}

/**
 * The numbers that `jsonFloats` gave, or what JSON made of them.
 *
 * @param what they are, for the message
 * @throws TypeError if they are neither
 */
export function floatsOf(what: string, given: unknown): Float32Array {
  if (given instanceof Float32Array) return given;
  if (typeof given === "string" && given.startsWith(PREFIX)) {
    const bytes = Uint8Array.from(atob(given.slice(PREFIX.length)), (c) => c.charCodeAt(0));
    if (bytes.length % 4 === 0) return new Float32Array(bytes.buffer);
  }
  throw new TypeError(
    `${what} are neither a Float32Array nor the text that JSON.stringify makes of a saved state: ` +
      "was the state copied before it was written? Write what the function returned, as it is",
  );
}

function textOf({ buffer, byteOffset, byteLength }: Float32Array): string {
  const bytes = new Uint8Array(buffer, byteOffset, byteLength);
  let text = "";
  for (let at = 0; at < byteLength; at += PIECE) {
    text += String.fromCharCode(...bytes.subarray(at, at + PIECE));
  }
  return btoa(text);
}
