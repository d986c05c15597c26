import { readFileSync, statSync } from "node:fs";
import { type ByteSource, bytesOf, decodeNpy, isNpy, openArchive } from "@eoss/data/formats";
import { ConfigError, decodeSafetensors } from "@eoss/run";
import { inflateSync } from "fflate";
import type { GivenTensor, GivenTensors } from "./weightsFile.js";

/** What the arrays of an archive may take together: 268 million weights. */
const MOST_BYTES = 2 ** 30;

/**
 * The tensors of a file: safetensors of float32, or NumPy's `.npz` or `.npy` of float32 or float64. What
 * it is, its first bytes say. The array of a `.npy` is named `arr_0`, as in an `.npz` that was saved
 * without names.
 *
 * @throws ConfigError saying what is wrong with the file; for pickles, which run code as they are read,
 *   how to write another
 */
export function readWeights(path: string): GivenTensors {
  try {
    // A pipe or a device under this name would be read for ever.
    if (!statSync(path).isFile()) throw new RangeError("it is not a regular file");
    return decode(readFileSync(path), path);
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    throw new ConfigError(`${path} cannot be read: ${(error as Error).message}`, { cause: error });
  }
}

function decode(file: Uint8Array, path: string): GivenTensors {
  if (isNpy(file)) return new Map([["arr_0", weightsOf(bytesOf(file))]]);
  const [first, second] = file;
  if (first === 0x50 && second === 0x4b) return decodeArchive(file, path);
  if (first === 0x80 && second! >= 2 && second! <= 5) throw pickle(path);
  return decodeSafetensors(file);
}

/** PyTorch and NumPy both write ZIP archives. */
function decodeArchive(file: Uint8Array, path: string): GivenTensors {
  const names: string[] = [];
  const arrays = openArchive(bytesOf(file), {
    most: MOST_BYTES,
    isWanted: (name) => {
      names.push(name);
      return name.endsWith(".npy");
    },
    inflate: (packed, out) => inflateSync(packed, { out }),
  });
  if (names.some((name) => name.endsWith("data.pkl"))) throw pickle(path);
  if (arrays.size === 0) throw new RangeError("it is an archive without .npy files");
  return new Map(
    [...arrays].map(([name, bytes]) => {
      try {
        return [name.replace(/\.npy$/, ""), weightsOf(bytes)];
      } catch (error) {
        throw new RangeError(`${name}: ${(error as Error).message}`);
      }
    }),
  );
}

/** Weights are float32, or float64 that is rounded: integers are something else. */
function weightsOf(file: ByteSource): GivenTensor {
  const { type, shape, values } = decodeNpy(file);
  if (type !== "<f4" && type !== "<f8") {
    throw new RangeError(`its type is ${type}; expected an array of '<f4' or '<f8'`);
  }
  return { shape, values: Float32Array.from(values), rounded: type === "<f8" };
}

function pickle(path: string): ConfigError {
  return new ConfigError(
    `${path} is a Python pickle, as torch.save writes it: reading it would run code that it contains, so it is ` +
      "not read. Write safetensors, in Python:\n" +
      "  import torch; from safetensors.torch import save_file\n" +
      `  state = torch.load(${JSON.stringify(path)}, map_location="cpu", weights_only=True)\n` +
      '  save_file(state, "weights.safetensors")    # of a model: model.state_dict()',
  );
}
