/** Which arrays of a file are the inputs and the labels, by their names. */

import { basename } from "node:path";
import type { ReadTask } from "./fileDataset.js";
import { type Column, fault, type RawData } from "./raw.js";

/** Names that people give, in the order in which they are looked for; without regard to case. */
const TRAIN = {
  x: [
    "x_train",
    "train_x",
    "x",
    "train_images",
    "images_train",
    "images",
    "data",
    "inputs",
    "train_data",
    "features",
    "arr_0",
  ],
  y: [
    "y_train",
    "train_y",
    "y",
    "train_labels",
    "labels_train",
    "labels",
    "label",
    "targets",
    "target",
    "train_targets",
    "classes",
    "arr_1",
  ],
};
const TEST = {
  x: ["x_test", "test_x", "test_images", "images_test", "test_data", "arr_2"],
  y: ["y_test", "test_y", "test_labels", "labels_test", "test_targets", "arr_3"],
};

/**
 * Inputs and labels among named arrays.
 *
 * @throws DatasetError naming the arrays there are, if it is not clear which are meant
 */
export function pickArrays(
  { path, options, test: needsTest }: ReadTask,
  names: readonly string[],
  read: (name: string) => Column,
): RawData {
  const known = new Map(names.map((name) => [name.toLowerCase(), name]));
  const pick = (candidates: readonly string[]) =>
    candidates.map((name) => known.get(name)).find((name) => name !== undefined);
  const named = (option: "x" | "label", candidates: readonly string[]): string => {
    const asked = options[option];
    if (Array.isArray(asked)) throw fault(path, `${option} is a list; arrays are named one by one`);
    if (asked !== undefined && !names.includes(asked)) {
      throw fault(path, `it has no array "${asked}"; it has: ${names.join(", ")}`);
    }
    const found = asked ?? pick(candidates);
    if (found !== undefined) return found;
    throw fault(
      path,
      `which of its arrays ${option === "x" ? "has the inputs" : "has what is learnt"}? It has: ${names.join(", ")}. Name it: --data-options "${option}: NAME"`,
    );
  };
  const [x, y] = [named("x", TRAIN.x), named("label", TRAIN.y)];
  if (x === y) throw fault(path, `inputs and labels are both ${x}`);
  const train = { inputs: read(x), answers: read(y) };
  const [testX, testY] = [pick(TEST.x), pick(TEST.y)];
  const whole = testX !== undefined && testY !== undefined;
  if ((testX === undefined) !== (testY === undefined)) {
    throw fault(path, `it has ${testX ?? testY} and no ${testX ? "labels" : "inputs"} for it`);
  }
  return {
    train,
    ...(whole && needsTest && { test: { inputs: read(testX), answers: read(testY) } }),
    source: `${basename(path)}: ${x}, ${y}${whole ? `, ${testX}, ${testY}` : ""}`,
  };
}
