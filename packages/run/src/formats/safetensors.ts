import type { SavedTensor } from "@eoss/sgd";
import { z } from "zod";
import { issueText } from "../settings/issueText.js";
import { cut } from "../settings/shortText.js";

/** Named float32 tensors. */
export type NamedTensors = ReadonlyMap<string, SavedTensor>;

/** Length of the header's length, a little-endian 64-bit integer. */
const PREFIX = 8;

/** More than any tensor library knows. */
const MOST_AXES = 64;

const count = z.int().nonnegative();
const entrySchema = z.object({
  dtype: z.string(),
  shape: z.array(count).max(MOST_AXES),
  data_offsets: z.tuple([count, count]),
});

/**
 * Named tensors in the safetensors format: the length of a JSON header, the header with type, shape
 * and place of each tensor, then their values, little-endian and row-major.
 *
 * @see https://github.com/huggingface/safetensors
 */
export function encodeSafetensors(tensors: NamedTensors): Uint8Array {
  let end = 0;
  const entries = [...tensors].map(([name, { shape, values }]) => {
    const begin = end;
    end += values.byteLength;
    return [name, { dtype: "F32", shape, data_offsets: [begin, end] }] as const;
  });
  const json = JSON.stringify(Object.fromEntries(entries));
  const bytes = new TextEncoder().encode(json);
  // Spaces up to a multiple of eight: the values then lie where they can be read in place.
  const length = Math.ceil(bytes.length / 8) * 8;
  const file = new Uint8Array(PREFIX + length + end).fill(32, PREFIX, PREFIX + length);
  new DataView(file.buffer).setBigUint64(0, BigInt(length), true);
  file.set(bytes, PREFIX);
  let place = PREFIX + length;
  for (const { values } of tensors.values()) {
    file.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), place);
    place += values.byteLength;
  }
  return file;
}

/** A tensor as the header has it. */
interface Place {
  readonly name: string;
  readonly shape: readonly number[];
  /** From the end of the header on, in bytes. */
  readonly begin: number;
  readonly end: number;
}

/**
 * The float32 tensors of a safetensors file. As in the format's own reader, their values lie one after
 * the other and fill the file, and no name stands twice.
 *
 * @throws RangeError saying what is wrong with the file
 */
export function decodeSafetensors(file: Uint8Array): NamedTensors {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const length =
    file.length < PREFIX ? Number.POSITIVE_INFINITY : Number(view.getBigUint64(0, true));
  const start = PREFIX + length;
  if (start > file.length)
    throw new RangeError(`its ${file.length} bytes are cut off in the header`);
  const places = headerOf(file.subarray(PREFIX, start)).map(placeOf);
  checkPlaces(places, file.length - start);
  return new Map(
    places.map(({ name, shape, begin, end }) => {
      // A copy: in place, the values need not lie at a multiple of four.
      const copy = new Uint8Array(file.subarray(start + begin, start + end));
      return [name, { shape, values: new Float32Array(copy.buffer) }];
    }),
  );
}

function placeOf([name, entry]: readonly [string, unknown]): Place {
  const result = entrySchema.safeParse(entry);
  if (!result.success) {
    throw new RangeError(`${titled(name)}: ${issueText(result.error.issues[0]!)}`);
  }
  const { dtype, shape, data_offsets } = result.data;
  if (dtype !== "F32")
    throw new RangeError(`${titled(name)} has type ${cut(dtype, 20)}; expected F32`);
  const [begin, end] = data_offsets;
  return { name, shape, begin, end };
}

/** @param length of all values, in bytes */
function checkPlaces(places: readonly Place[], length: number): void {
  let free = 0;
  for (const { name, shape, begin, end } of [...places].sort(
    (a, b) => a.begin - b.begin || a.end - b.end,
  )) {
    const size = shape.reduce((product, n) => product * n, 1);
    if (end - begin !== 4 * size || end > length) {
      throw new RangeError(`${titled(name)} of shape [${shape}] has bytes ${begin} to ${end}`);
    }
    if (begin < free) throw new RangeError(`${titled(name)} overlaps another`);
    if (begin > free) throw new RangeError(`bytes ${free} to ${begin} belong to no tensor`);
    free = end;
  }
  if (free < length) throw new RangeError(`bytes ${free} to ${length} belong to no tensor`);
}

function titled(name: string): string {
  return `tensor ${cut(name, 80)}`;
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
  if (twice !== undefined) throw new RangeError(`"${cut(twice, 80)}" is in its header twice`);
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
