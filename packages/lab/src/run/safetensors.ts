import type { SavedTensor } from "@eoss/sgd";
import { z } from "zod";
import { cut } from "../brief.js";
import { issueText } from "../issueText.js";

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

/**
 * The float32 tensors of a safetensors file.
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
  const tensors = new Map<string, SavedTensor>();
  let bytes = 0;
  for (const [name, entry] of headerOf(file.subarray(PREFIX, start))) {
    if (name === "__metadata__") continue;
    const tensor = `tensor ${cut(name, 80)}`;
    const result = entrySchema.safeParse(entry);
    if (!result.success) {
      throw new RangeError(`${tensor}: ${issueText(result.error.issues[0]!)}`);
    }
    const { dtype, shape, data_offsets } = result.data;
    if (dtype !== "F32") throw new RangeError(`${tensor} has type ${cut(dtype, 20)}; expected F32`);
    const [begin, end] = data_offsets;
    const size = shape.reduce((product, n) => product * n, 1);
    if (end - begin !== 4 * size || start + end > file.length) {
      throw new RangeError(`${tensor} of shape [${shape}] has bytes ${begin} to ${end}`);
    }
    bytes += end - begin;
    if (start + bytes > file.length) throw new RangeError(`${tensor} lies over another`);
    // A copy: in place, the values need not lie at a multiple of four.
    const copy = new Uint8Array(file.subarray(start + begin, start + end));
    tensors.set(name, { shape, values: new Float32Array(copy.buffer) });
  }
  return tensors;
}

function headerOf(bytes: Uint8Array): [name: string, entry: unknown][] {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    throw new RangeError(`its header is no JSON (${(error as Error).message})`);
  }
  if (typeof header !== "object" || header === null) {
    throw new RangeError("its header is no list of tensors by name");
  }
  return Object.entries(header);
}
