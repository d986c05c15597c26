import { bytesOf, safetensorsEntries } from "@eoss/data/formats";
import type { SavedTensor } from "@eoss/sgd";
import { cut } from "../settings/shortText.js";

/** Named float32 tensors. */
export type NamedTensors = ReadonlyMap<string, SavedTensor>;

/** Length of the header's length, a little-endian 64-bit integer. */
const PREFIX = 8;

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
  return new Map(
    safetensorsEntries(bytesOf(file)).map(({ name, dtype, shape, begin, end }) => {
      if (dtype !== "F32") {
        throw new RangeError(`tensor ${cut(name, 80)} has type ${cut(dtype, 20)}; expected F32`);
      }
      // A copy: in place, the values need not lie at a multiple of four.
      const copy = new Uint8Array(file.subarray(begin, end));
      return [name, { shape, values: new Float32Array(copy.buffer) }];
    }),
  );
}
