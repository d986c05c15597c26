import {
  checkSplit,
  type Dataset,
  DatasetError,
  type LabelArray,
  type SplitOptions,
} from "./dataset.js";
import type { LoadedData, NumberArray, Samples } from "./define.js";
import { divide } from "./order.js";
import { rowsOf } from "./rows.js";
import { AS_THEY_ARE, type Constants, constantsOf, standardised } from "./standardise.js";

/**
 * A split of loaded data: chosen, standardised, ready for training. The one place where raw samples
 * become a `Dataset`. Constants of standardisation are those of the whole training split, whatever
 * `samples` is.
 *
 * @param done the constants, where the inputs are standardised already
 * @throws DatasetError if there are fewer samples than asked for, or none is left for the test split
 */
export function assemble(
  name: string,
  loaded: LoadedData,
  options: SplitOptions = {},
  done?: Constants,
): Dataset {
  checkSplit(name, options);
  const { samples, split = "train", seed = 0 } = options;
  const { inputShape, task, train, test, standardise = "none", source, notes = [] } = loaded;
  const size = inputShape.reduce((product, n) => product * n, 1);
  const isClass = task.kind === "classification" || task.kind === "binary";
  const classes = task.kind === "binary" ? 2 : task.kind === "regression" ? 0 : task.classes;
  const available = train.inputs.length / size;
  // Without one label a sample there are no classes to balance: one class, shuffled.
  const { used, left } = isClass
    ? divide(name, train.labels!, classes, samples, seed)
    : divide(name, new Uint8Array(available), 1, samples, seed);
  if (split === "test" && !test && left.length === 0) {
    throw new DatasetError(
      `${name}: no sample is left for the test split; it holds what training leaves, so ask for ` +
        `samples below ${available}`,
    );
  }
  const [from, rows] =
    split === "train"
      ? [train, samples === undefined ? undefined : used]
      : test
        ? [test, undefined]
        : [train, left];
  const { preprocessing, constant } = done ?? constantsOf(train.inputs, inputShape, standardise);
  const count = rows?.length ?? from.inputs.length / size;
  const all = [...notes];
  if (constant > 0) {
    all.push(`${constant} of the ${preprocessing.mean.length} columns do not vary: they are 0`);
  }
  if (!test && left.length > 0 && typeof standardise === "string" && standardise !== "none") {
    all.push(
      `means and deviations are those of all ${available} samples, and so of the ${left.length} that training leaves for ` +
        "the test split too",
    );
  }
  return {
    name,
    inputShape,
    classes,
    samples: count,
    images: standardised(from.inputs, size, done ? AS_THEY_ARE : preprocessing, rows),
    ...answersOf(from, task, classes, rows),
    preprocessing,
    source,
    ...(all.length > 0 && { notes: all }),
  };
}

type Answers = Pick<Dataset, "labels" | "positions" | "targets">;

function answersOf(
  { labels, targets }: Samples,
  task: LoadedData["task"],
  classes: number,
  rows: ArrayLike<number> | undefined,
): Answers {
  switch (task.kind) {
    case "regression": {
      const { outputs } = task;
      const values = Float32Array.from(chosen(targets!, outputs, rows));
      return { labels: new Uint8Array(), targets: { values, outputs } };
    }
    case "binary": {
      const own = labelArray(chosen(labels!, 1, rows), classes);
      const values = Float32Array.from(own, (label) => 2 * label - 1);
      return { labels: own, targets: { values, outputs: 1 } };
    }
    case "sequence": {
      const { positions } = task;
      return { labels: labelArray(chosen(labels!, positions, rows), classes), positions };
    }
    case "classification":
      return { labels: labelArray(chosen(labels!, 1, rows), classes) };
  }
}

/** The numbers of some samples, `each` for one; all if none are named. */
function chosen(
  values: NumberArray,
  each: number,
  rows: ArrayLike<number> | undefined,
): NumberArray {
  return rows === undefined ? values : rowsOf(values, each, rows);
}

function labelArray(labels: ArrayLike<number>, classes: number): LabelArray {
  const Type = classes <= 2 ** 8 ? Uint8Array : classes <= 2 ** 16 ? Uint16Array : Uint32Array;
  return Type.from(labels);
}
