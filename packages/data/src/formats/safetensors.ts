import { z } from "zod";
import { short } from "./archiveFilter.js";
import type { ByteSource } from "./bytes.js";
import { type NumberType, sizeOf, widthOf } from "./numbers.js";

/** Length of the header's length, a little-endian 64-bit integer. */
const PREFIX = 8;

/** More than any tensor library knows. */
const MOST_AXES = 64;

/** What the reader of the format's own library takes. */
const MOST_HEADER = 100_000_000;

/** The types of tensors that are numbers of up to 64 bits. */
export const TENSOR_TYPES: Readonly<Record<string, NumberType>> = {
  BOOL: "u1",
  U8: "u1",
  I8: "i1",
  U16: "u2",
  I16: "i2",
  U32: "u4",
  I32: "i4",
  U64: "u8",
  I64: "i8",
  F16: "f2",
  BF16: "bf2",
  F32: "f4",
  F64: "f8",
};

const count = z.int().nonnegative();
const entrySchema = z.object({
  dtype: z.string(),
  shape: z.array(count).max(MOST_AXES),
  data_offsets: z.tuple([count, count]),
});

/** A tensor as the header has it. */
export interface TensorEntry {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  /** In the file, in bytes. */
  readonly begin: number;
  readonly end: number;
}

/**
 * The tensors of a safetensors file: the length of a JSON header, the header with type, shape and place
 * of each tensor, then their values, little-endian and row-major. As in the format's own reader, the
 * values lie one after the other and fill the file, and no name stands twice.
 *
 * @throws RangeError saying what is wrong with the file
 * @see https://github.com/huggingface/safetensors
 */
export function safetensorsEntries(file: ByteSource): TensorEntry[] {
  const length = file.size < PREFIX ? Number.POSITIVE_INFINITY : lengthOf(file.read(0, PREFIX));
  const start = PREFIX + length;
  if (start > file.size || length > MOST_HEADER) {
    throw new RangeError(`its ${file.size} bytes are cut off in the header`);
  }
  const entries = headerOf(file.read(PREFIX, length)).map(entryOf);
  checkPlaces(entries, file.size - start);
  return entries.map((entry) => ({
    ...entry,
    begin: start + entry.begin,
    end: start + entry.end,
  }));
}

function lengthOf(bytes: Uint8Array): number {
  return Number(new DataView(bytes.buffer).getBigUint64(0, true));
}

function entryOf([name, entry]: readonly [string, unknown]): TensorEntry {
  const result = entrySchema.safeParse(entry);
  if (!result.success) {
    const { path, message } = result.error.issues[0]!;
    throw new RangeError(`${titled(name)}: ${short(`${path.join(".")} ${message}`)}`);
  }
  const { dtype, shape, data_offsets } = result.data;
  if (TENSOR_TYPES[dtype] === undefined) {
    throw new RangeError(
      `${titled(name)} has type ${short(dtype)}; expected ${Object.keys(TENSOR_TYPES).join(", ")}`,
    );
  }
  const [begin, end] = data_offsets;
  return { name, dtype, shape, begin, end };
}

/** @param length of all values, in bytes */
function checkPlaces(entries: readonly TensorEntry[], length: number): void {
  let free = 0;
  for (const { name, dtype, shape, begin, end } of [...entries].sort(
    (a, b) => a.begin - b.begin || a.end - b.end,
  )) {
    if (end - begin !== widthOf(TENSOR_TYPES[dtype]!) * sizeOf(shape) || end > length) {
      throw new RangeError(`${titled(name)} of shape [${shape}] has bytes ${begin} to ${end}`);
    }
    if (begin < free) throw new RangeError(`${titled(name)} overlaps another`);
    if (begin > free) throw new RangeError(`bytes ${free} to ${begin} belong to no tensor`);
    free = end;
  }
  if (free < length) throw new RangeError(`bytes ${free} to ${length} belong to no tensor`);
}

function titled(name: string): string {
  return `tensor ${short(name)}`;
}

/** The entries of the tensors. */
function headerOf(bytes: Uint8Array): [name: string, entry: unknown][] {
  let header: unknown;
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    header = JSON.parse(text);
  } catch (error) {
    throw new RangeError(`its header is not JSON (${(error as Error).message})`);
  }
  if (typeof header !== "object" || header === null || Array.isArray(header)) {
    throw new RangeError("its header is not a list of tensors by name");
  }
  const twice = repeatedKey(text);
  if (twice !== undefined) throw new RangeError(`"${short(twice)}" is in its header twice`);
  return Object.entries(header).filter(([name]) => name !== "__metadata__");
}

/** A key that an object in a JSON text has twice: parsed, the last one hides the others. */
function repeatedKey(json: string): string | undefined {
  const open: Array<Set<string>> = [];
  for (const [token, colon] of json.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?|[{}]/g)) {
    if (token === "{") open.push(new Set());
    else if (token === "}") open.pop();
    else if (colon !== undefined) {
      const key = JSON.parse(token.slice(0, -colon.length)) as string;
      if (open.at(-1)?.has(key)) return key;
      open.at(-1)?.add(key);
    }
  }
  return undefined;
}
