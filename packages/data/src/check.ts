import { checkOptions } from "@eoss/rng/internal";
import { DatasetContractError } from "./contract.js";
import type { LearningTask, LoadedData, NumberArray, Samples } from "./define.js";

const PARTS = ["inputShape", "task", "train", "test", "standardise", "source", "notes"];
const TASKS = {
  classification: ["classes"],
  binary: [],
  regression: ["outputs"],
  sequence: ["classes", "positions"],
} as const;
const TYPES = [
  Float32Array,
  Float64Array,
  Uint8Array,
  Int8Array,
  Uint16Array,
  Int16Array,
  Uint32Array,
  Int32Array,
];
/** Labels beyond that are no classes: one-hot targets would not fit into memory. */
const MOST_CLASSES = 2 ** 24;

/**
 * Checks what a data set gave when it was loaded: shapes, counts, labels, finite values.
 *
 * @param name of the data set, for messages
 * @throws DatasetContractError naming the part and the sample that break the contract
 */
export function checkLoaded(name: string, given: unknown): asserts given is LoadedData {
  const must = mustOf(name);
  const isGenerator = typeof (given as Iterator<unknown> | undefined)?.next === "function";
  must(typeof given === "object" && given !== null && !isGenerator, () =>
    given instanceof Promise
      ? "load gave a promise of a promise"
      : `load gave ${isGenerator ? "a generator" : String(given)}`,
  );
  checkOptions(`the data set ${name}`, given, PARTS, DatasetContractError);
  const {
    inputShape,
    task,
    train,
    test,
    standardise = "none",
    source,
    notes,
  } = given as LoadedData;
  must(
    isShape(inputShape),
    () =>
      `inputShape is ${shown(inputShape)}; allowed: a list of integers from 1 up, e.g. [8, 8, 1]`,
  );
  checkTask(name, task);
  must(
    typeof source === "string" && source !== "",
    () => "source is missing: say where the data comes from",
  );
  must(
    notes === undefined ||
      (Array.isArray(notes) && notes.every((note) => typeof note === "string")),
    () => "notes is not a list of texts",
  );
  const size = inputShape.reduce((product, n) => product * n, 1);
  checkSamples(name, "train", train, task, size);
  if (test !== undefined) checkSamples(name, "test", test, task, size);
  if (typeof standardise === "string") {
    must(
      ["channel", "feature", "none"].includes(standardise),
      () =>
        `standardise is "${standardise}"; allowed: channel, feature, none, or { maxPixel, mean, std }`,
    );
    return;
  }
  const { maxPixel, mean, std } = standardise ?? {};
  const fits = (list: unknown): list is number[] =>
    Array.isArray(list) &&
    [inputShape.at(-1)!, size, 1].includes(list.length) &&
    list.every(Number.isFinite);
  must(
    maxPixel > 0 &&
      fits(mean) &&
      fits(std) &&
      mean.length === std.length &&
      std.every((s) => s > 0),
    () =>
      `standardise needs maxPixel above 0, and mean and std above 0 for each of the ${inputShape.at(-1)} channels (or of the ${size} numbers of a sample)`,
  );
}

function checkTask(name: string, task: LearningTask): void {
  const must = mustOf(name);
  const kinds = Object.keys(TASKS).join(", ");
  must(
    typeof task === "object" && task !== null && Object.hasOwn(TASKS, task.kind),
    () => `task is ${shown(task)}; allowed: { kind, … } with kind one of ${kinds}`,
  );
  const counts = TASKS[task.kind];
  checkOptions(`task of the data set ${name}`, task, ["kind", ...counts], DatasetContractError);
  for (const key of counts) {
    const value: unknown = (task as never)[key];
    must(
      isCount(value) && value <= MOST_CLASSES,
      () => `${key} of its task is ${shown(value)}; allowed: an integer from 1 up`,
    );
  }
}

function checkSamples(
  name: string,
  split: string,
  samples: Samples,
  task: LearningTask,
  size: number,
): void {
  const must = mustOf(name);
  must(
    typeof samples === "object" && samples !== null,
    () => `${split} is ${shown(samples)}; expected { inputs, labels } or { inputs, targets }`,
  );
  checkOptions(
    `${split} of the data set ${name}`,
    samples,
    ["inputs", "labels", "targets"],
    DatasetContractError,
  );
  const { inputs, labels, targets } = samples;
  const numbers = (part: string, values: unknown): values is NumberArray => {
    must(
      TYPES.some((Type) => values instanceof Type),
      () => `${split}.${part} is ${kindOf(values)}; expected a typed array such as Float32Array`,
    );
    return true;
  };
  if (!numbers("inputs", inputs)) return;
  must(inputs.length > 0, () => `${split} has no sample`);
  must(
    inputs.length % size === 0,
    () =>
      `${split}.inputs has ${inputs.length} numbers, which is no multiple of the ${size} of a sample`,
  );
  const n = inputs.length / size;
  const place = (at: number, each: number) => `[${at}] (sample ${Math.floor(at / each)})`;
  const finite = (part: string, values: NumberArray, each: number) => {
    if (!(values instanceof Float32Array || values instanceof Float64Array)) return;
    // What is larger than float32 holds becomes infinite there.
    const bad = values.findIndex((value: number) => !Number.isFinite(Math.fround(value)));
    must(
      bad < 0,
      () =>
        `${split}.${part}${place(bad, each)} is ${values[bad]}; allowed: finite numbers of float32`,
    );
  };
  finite("inputs", inputs, size);
  const regression = task.kind === "regression";
  const [wanted, unwanted] = regression ? ["targets", labels] : ["labels", targets];
  must(
    unwanted === undefined,
    () =>
      `${split} has ${regression ? "labels" : "targets"}, but a task of kind ${task.kind} has ${wanted}`,
  );
  const each =
    task.kind === "regression" ? task.outputs : task.kind === "sequence" ? task.positions : 1;
  const values = regression ? targets : labels;
  if (!numbers(wanted as string, values)) return;
  must(
    values.length === n * each,
    () => `${split}.${wanted} has ${values.length} numbers for ${n} samples; expected ${n * each}`,
  );
  if (regression) {
    finite("targets", values, each);
    return;
  }
  const classes = task.kind === "binary" ? 2 : (task as { classes: number }).classes;
  const bad = values.findIndex(
    (label: number) => !(Number.isInteger(label) && label >= 0 && label < classes),
  );
  must(
    bad < 0,
    () =>
      `${split}.labels${place(bad, each)} is ${values[bad]}; allowed: integers from 0 to ${classes - 1}`,
  );
}

function mustOf(name: string) {
  return (holds: boolean, broken: () => string): void => {
    if (!holds)
      throw new DatasetContractError(
        `the data set ${name} breaks the contract of data sets: ${broken()}`,
      );
  };
}

function isShape(shape: unknown): shape is number[] {
  return Array.isArray(shape) && shape.length > 0 && shape.every(isCount);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 1;
}

function shown(value: unknown): string {
  return value === undefined ? "missing" : (JSON.stringify(value) ?? String(value)).slice(0, 80);
}

function kindOf(value: unknown): string {
  if (value === undefined) return "missing";
  return Array.isArray(value)
    ? "a list"
    : value === null
      ? "null"
      : typeof value === "object"
        ? `a ${value.constructor?.name ?? "thing"}`
        : typeof value;
}
