// Numbers and arrays in messages: JSON has no NaN, and entries go as raw bytes.

/** How the entries of a buffer are stored, all little-endian. */
const TYPES = { f4: Float32Array, f8: Float64Array, i4: Int32Array } as const;
type Type = keyof typeof TYPES;
export type Entries = Float32Array | Float64Array | Int32Array;

/**
 * A value as JSON: what is no finite number as its name, a typed array as the place of its buffer. Entries
 * are copied, for a message is sent later.
 */
export function encode(value: unknown, buffers: Uint8Array[]): unknown {
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
  if (Array.isArray(value)) return value.map((one) => encode(one, buffers));
  for (const [type, Type] of Object.entries(TYPES)) {
    if (!(value instanceof Type)) continue;
    const { buffer } = value.slice();
    return { buffer: buffers.push(new Uint8Array(buffer)) - 1, type };
  }
  return value;
}

/** The reverse for what comes as an answer; what was no finite number stays a name, see `numberOf`. */
export function decode(value: unknown, buffers: readonly Buffer[]): unknown {
  if (Array.isArray(value)) return value.map((one) => decode(one, buffers));
  if (typeof value !== "object" || value === null) return value;
  if ("buffer" in value && "type" in value) return entriesOf(value, buffers);
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, decode(one, buffers)]));
}

/** @throws TypeError for what is no number */
export function numberOf(value: unknown): number {
  const number = typeof value === "string" && value !== "" ? Number(value) : value;
  if (typeof number !== "number" || (Number.isNaN(number) && value !== "NaN")) {
    throw new TypeError(`an answer is ${JSON.stringify(value)}, and should be a number`);
  }
  return number;
}

function entriesOf({ buffer, type }: Record<string, unknown>, buffers: readonly Buffer[]): Entries {
  const bytes = buffers[buffer as number];
  const Type = TYPES[type as Type] as typeof TYPES.f8 | undefined;
  if (bytes === undefined || Type === undefined || bytes.length % Type.BYTES_PER_ELEMENT !== 0) {
    throw new TypeError(`an answer has no buffer ${buffer} of type ${type}`);
  }
  // Aligned, and not a view of all that arrived with it.
  return new Type(new Uint8Array(bytes).buffer);
}
