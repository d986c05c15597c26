/** Reads samples from safetensors. */

import { basename } from "node:path";
import { numbersOf } from "../formats/numbers.js";
import { safetensorsEntries, TENSOR_TYPES } from "../formats/safetensors.js";
import { pickArrays } from "./arrays.js";
import { withFile } from "./disk.js";
import type { ReadTask } from "./fileDataset.js";
import type { RawData } from "./raw.js";

/** Inputs and labels by the names of their tensors. */
export function readSafetensors(task: ReadTask): RawData {
  const { path } = task;
  return withFile(path, (file) => {
    const entries = new Map(safetensorsEntries(file).map((entry) => [entry.name, entry]));
    return pickArrays(task, [...entries.keys()], (name) => {
      const { dtype, shape, begin, end } = entries.get(name)!;
      const type = TENSOR_TYPES[dtype]!;
      const values = numbersOf(file.read(begin, end - begin), type);
      return { data: { shape, values }, type: dtype, title: `${basename(path)}, tensor ${name}` };
    });
  });
}
