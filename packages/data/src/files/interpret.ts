/** From what a file has to what is learnt: shapes, classes, task, standardisation. */

import { type RandomStream, stream } from "@eoss/rng";
import { DatasetError } from "../dataset.js";
import type { LoadContext, LoadedData, NumberArray, Samples, Standardise } from "../define.js";
import { type NumberTensor, permuted, sizeOf } from "../formats/numbers.js";
import { rowsOf } from "../rows.js";
import { constantsOf, standardised } from "../standardise.js";
import { type Answers, answersOf } from "./answers.js";
import type { FileOptions } from "./options.js";
import { type Column, fault, hasTexts, type RawData, type RawSamples } from "./raw.js";

/**
 * The data set that files and options make together. What is not said is inferred, and noted.
 *
 * @throws DatasetError naming file, array and sample that do not fit
 */
export function interpret(
  raw: RawData,
  options: FileOptions,
  context: Pick<LoadContext, "seed">,
): LoadedData {
  const inputs = inputsOf(raw.train.inputs, options);
  const count = samplesOf(raw.train);
  const answers = answersOf(raw.train.answers, raw, options);
  const { task, notes: answerNotes } = answers;
  let train: Samples = { inputs: inputs.values, ...answers.samples };
  let test: Samples | undefined;
  const testNotes: string[] = [];
  if (raw.test) {
    const theirs = inputsOf(raw.test.inputs, { ...options, shape: [...inputs.shape] });
    samplesOf(raw.test);
    const own = answers.of(raw.test.answers);
    test = kept(
      { inputs: theirs.values, ...own.samples },
      own.rows,
      sizeOf(inputs.shape),
      answers.each,
    );
    testNotes.push(
      `test: ${test.inputs.length / sizeOf(inputs.shape)} samples of ${raw.test.inputs.title}`,
    );
  }
  train = kept(train, answers.rows, sizeOf(inputs.shape), answers.each);
  if (typeof options.test === "number" && !raw.holdsOut) {
    if (test)
      throw new DatasetError(
        `test: ${options.test} is a share, but ${raw.test!.inputs.title} has test samples already; leave it out`,
      );
    const order = stream(context.seed, "data/test");
    [train, test] = heldOut(train, options.test, sizeOf(inputs.shape), answers.each, order);
    testNotes.push(`test: ${options.test} of the samples, drawn once and for all`);
    testNotes.push(...classesKeptBack(task, train, test));
  }
  const scaled = scaledTargets(train, test, answers, options);
  const standardise: Standardise =
    options.standardise ??
    (raw.sequence ? "none" : inputs.shape.length > 1 ? "channel" : "feature");
  return {
    inputShape: inputs.shape,
    task,
    train: scaled.train,
    ...(scaled.test && { test: scaled.test }),
    standardise,
    source: raw.source,
    notes: [
      `inputs: ${count} × [${inputs.shape}] ${raw.train.inputs.type} from ${raw.train.inputs.title}${inputs.note}`,
      ...answerNotes,
      ...(raw.notes ?? []),
      ...testNotes,
      ...scaled.notes,
      standardise === "none"
        ? "inputs are not standardised"
        : `inputs are standardised by ${standardise}, with means and deviations of the training split`,
    ],
  };
}

interface Inputs {
  readonly shape: readonly number[];
  readonly values: NumberArray;
  readonly note: string;
}

function inputsOf({ data, title, place }: Column, { shape, layout }: FileOptions): Inputs {
  if (hasTexts(data)) throw fault(title, "it has texts; inputs are numbers");
  checkFinite(data, title, place);
  const [count = 0, ...stored] = data.shape;
  if (count === 0) throw fault(title, "it has no sample");
  const own = stored.length === 0 ? [1] : stored;
  const placed = channelsLast(data, own, layout);
  const found = shape ?? (placed.shape.length === 2 ? [...placed.shape, 1] : placed.shape);
  if (sizeOf(found) !== sizeOf(own)) {
    throw fault(
      title,
      `a sample has shape [${own}], ${sizeOf(own)} numbers; shape: [${found}] has ${sizeOf(found)}`,
    );
  }
  return { shape: found, values: placed.values, note: placed.note };
}

/** Images with their channels at the end of the axes. */
function channelsLast(
  data: NumberTensor,
  shape: readonly number[],
  layout: FileOptions["layout"],
): Inputs {
  const few = (n: number | undefined) => n === 1 || n === 3;
  const guessed = shape.length === 3 && few(shape[0]) && !few(shape[2]) && shape[2] !== 4;
  const first = layout === undefined ? guessed : layout === "channels-first";
  if (!first) return { shape, values: data.values, note: "" };
  if (shape.length !== 3)
    throw new DatasetError(
      `layout: channels-first needs images of three axes; a sample has shape [${shape}]`,
    );
  const [channels, height, width] = shape as [number, number, number];
  return {
    shape: [height, width, channels],
    values: permuted(data.values, [data.shape[0]!, ...shape], [0, 2, 3, 1]),
    note: ", channels moved from the first axis to the last",
  };
}

function checkFinite(
  { shape, values }: NumberTensor,
  title: string,
  place = (sample: number) => `sample ${sample}`,
): void {
  if (!(values instanceof Float32Array || values instanceof Float64Array)) return;
  const bad = values.findIndex((value: number) => !Number.isFinite(value));
  if (bad < 0) return;
  const each = sizeOf(shape.slice(1));
  throw fault(
    title,
    `${place(Math.floor(bad / each))}${each > 1 ? `, number ${bad % each}` : ""} is ${values[bad]}; expected finite numbers`,
  );
}

/** The number of samples, which inputs and answers agree on. */
function samplesOf({ inputs, answers }: RawSamples): number {
  const [n = 0] = inputs.data.shape;
  const [m = 0] = answers.data.shape;
  if (n !== m) throw fault(inputs.title, `it has ${n} samples, but ${answers.title} has ${m}`);
  return n;
}

/** Only some rows. @param rows all if undefined */
function kept(
  samples: Samples,
  rows: readonly number[] | undefined,
  size: number,
  each: number,
): Samples {
  if (rows === undefined) return samples;
  const { inputs, labels, targets } = samples;
  return {
    inputs: rowsOf(inputs, size, rows),
    ...(labels && { labels: rowsOf(labels, each, rows) }),
    ...(targets && { targets: rowsOf(targets, each, rows) }),
  };
}

function heldOut(
  all: Samples,
  share: number,
  size: number,
  each: number,
  random: RandomStream,
): [Samples, Samples] {
  const count = all.inputs.length / size;
  const held = Math.round(share * count);
  if (held === 0 || held === count) {
    throw new DatasetError(
      `test: ${share} of ${count} samples leaves ${held === 0 ? "no test sample" : "nothing to train on"}`,
    );
  }
  const order = random.shuffle(count);
  const rows = (from: number, to: number) => [...order.slice(from, to)].sort((a, b) => a - b);
  return [kept(all, rows(held, count), size, each), kept(all, rows(0, held), size, each)];
}

/**
 * Classes of which no sample was left to train on.
 *
 * @throws DatasetError if one class alone is left
 */
function classesKeptBack(task: Answers["task"], train: Samples, test: Samples): string[] {
  if (task.kind !== "classification" && task.kind !== "binary") return [];
  const [learnt, all] = [new Set(train.labels), new Set([...train.labels!, ...test.labels!])];
  if (learnt.size === 1 && all.size > 1) {
    throw new DatasetError(
      `test: every sample that is left to train on has the class number ${[...learnt][0]}; hold out fewer, or others with ` +
        "another data seed",
    );
  }
  const lost = [...all].filter((label) => !learnt.has(label)).sort((a, b) => a - b);
  if (lost.length === 0) return [];
  return [
    `no training sample is left of the classes with the numbers ${lost.slice(0, 12).join(", ")}: all of theirs are held out`,
  ];
}

function scaledTargets(
  train: Samples,
  test: Samples | undefined,
  { task, each }: Answers,
  options: FileOptions,
) {
  const same = { train, test, notes: [] as string[] };
  if (task.kind !== "regression") {
    if (options["standardise-targets"])
      throw new DatasetError(`standardise-targets is for a regression; the task is ${task.kind}`);
    return same;
  }
  if (options["standardise-targets"] === false)
    return { ...same, notes: ["targets are not standardised"] };
  const { preprocessing } = constantsOf(train.targets!, [each], "feature");
  const scale = (samples: Samples): Samples => ({
    ...samples,
    targets: standardised(samples.targets!, each, preprocessing),
  });
  const list = (numbers: readonly number[]) =>
    numbers.map((value) => value.toPrecision(6)).join(", ");
  return {
    train: scale(train),
    test: test && scale(test),
    notes: [
      `targets are standardised: mean ${list(preprocessing.mean)}, deviation ${list(preprocessing.std)} become 0 and 1`,
    ],
  };
}
