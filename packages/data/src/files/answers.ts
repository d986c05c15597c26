/** What is learnt: classes and their numbers, signs, or numbers. */

import { DatasetError } from "../dataset.js";
import type { LearningTask, NumberArray, Samples } from "../define.js";
import { sizeOf } from "../formats/numbers.js";
import type { FileOptions } from "./options.js";
import { type Column, fault, hasTexts, type RawData } from "./raw.js";

/** What a file may write for a class. */
type Name = string | number;

/** So many different whole numbers are taken for classes, also if some between are missing. */
const FEW = 20;

interface Part {
  readonly samples: Omit<Samples, "inputs">;
  /** The samples to keep; all if undefined. */
  readonly rows: readonly number[] | undefined;
}

export interface Answers extends Part {
  readonly task: LearningTask;
  /** Numbers for each sample. */
  readonly each: number;
  readonly notes: readonly string[];
  /** The same meaning for other samples. */
  of(column: Column): Part;
}

/** Labels or targets with the meaning that options give them, or that they seem to have. */
export function answersOf(column: Column, raw: RawData, options: FileOptions): Answers {
  if (raw.sequence) {
    const { classes, positions } = raw.sequence;
    const of = ({ data }: Column): Part => ({
      samples: { labels: (data as { values: NumberArray }).values },
      rows: undefined,
    });
    return {
      ...of(column),
      task: { kind: "sequence", ...raw.sequence },
      each: positions,
      of,
      notes: [`next token: ${classes} different ones, ${positions} in a sample`],
    };
  }
  const wanted = options.task ?? (options.classes !== undefined ? "classes" : undefined);
  const numeric = wanted === "regression" || (wanted === undefined && looksReal(column));
  return numeric ? regression(column, options) : classification(column, raw, options);
}

/** Whether an array looks like numbers to be predicted and not like classes. */
function looksReal({ data }: Column): boolean {
  if (hasTexts(data)) return false;
  if (columnsOf(data.shape) > 1) return !isOneHot(data.values, columnsOf(data.shape));
  return areReal(data.values);
}

/** Whether numbers, one for each sample, are to be predicted: fractions, or more whole ones than there are classes. */
export function areReal(values: ArrayLike<number>): boolean {
  const distinct = new Set<number>();
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (!Number.isInteger(value)) return true;
    distinct.add(value);
    least = Math.min(least, value);
    most = Math.max(most, value);
  }
  const consecutive = most - least + 1 === distinct.size && distinct.size <= values.length / 2;
  return distinct.size > FEW && !consecutive;
}

function regression(column: Column, options: FileOptions): Answers {
  if (options.classes !== undefined)
    throw new DatasetError("classes are for a classification; the task is regression");
  const outputs = columnsOf(column.data.shape);
  const of = ({ data, title, place = (sample) => `sample ${sample}` }: Column): Part => {
    if (hasTexts(data))
      throw fault(
        title,
        `it has texts such as "${data.texts[0]?.slice(0, 40)}"; a regression learns numbers`,
      );
    if (columnsOf(data.shape) !== outputs)
      throw fault(
        title,
        `it has ${columnsOf(data.shape)} numbers for a sample; expected ${outputs}`,
      );
    const bad = data.values.findIndex((value: number) => !Number.isFinite(value));
    if (bad >= 0)
      throw fault(
        title,
        `${place(Math.floor(bad / outputs))} is ${data.values[bad]}; expected finite numbers`,
      );
    return { samples: { targets: data.values }, rows: undefined };
  };
  const guessed =
    options.task === undefined
      ? " (they do not look like classes; else set task: classification)"
      : "";
  return {
    ...of(column),
    task: { kind: "regression", outputs },
    each: outputs,
    of,
    notes: [
      `task: regression of ${outputs} ${outputs === 1 ? "number" : "numbers"} from ${column.title}${guessed}`,
    ],
  };
}

function classification(column: Column, raw: RawData, options: FileOptions): Answers {
  const { classes: asked } = options;
  const names = namesOf(column, options);
  const known = Array.isArray(asked) ? asked.map((one) => nameAsked(one, names)) : undefined;
  if (known && new Set(known).size < known.length)
    throw new DatasetError(`classes: [${known.join(", ")}] has one twice`);
  const found = [...new Set(names)].sort(byName);
  const order = known ?? raw.classNames ?? numbered(found, column, asked as number | undefined);
  const missing = known?.find((name) => !found.includes(name));
  if (missing !== undefined)
    throw fault(
      column.title,
      `no sample has the class ${missing} of classes; it has ${shortList(found)}`,
    );
  const kind =
    options.task === "binary" || (options.task === undefined && known?.length === 2)
      ? "binary"
      : "classification";
  if (kind === "binary" && order.length !== 2) {
    throw fault(
      column.title,
      `task: binary needs two classes; it has ${order.length}: ${shortList(order)}. Choose two: classes: [${order.slice(0, 2).join(", ")}]`,
    );
  }
  if (order.length < 2)
    throw fault(
      column.title,
      `all samples have the class ${order[0]}; a classification needs two classes`,
    );
  const numbers = new Map(order.map((name, number) => [name, number]));
  const of = (other: Column): Part => {
    const theirs = other === column ? names : namesOf(other, options);
    const rows = known && [...theirs.keys()].filter((row) => numbers.has(theirs[row]!));
    const labels = Int32Array.from(theirs, (name, row) => {
      const number = numbers.get(name);
      if (number !== undefined) return number;
      if (known) return 0; // Left out by `rows`.
      const place = other.place ?? ((sample: number) => `sample ${sample}`);
      throw fault(
        other.title,
        `${place(row)} has the label ${name}; the classes are ${shortList(order)}`,
      );
    });
    return { samples: { labels }, rows };
  };
  const same = order.every((name, number) => name === number);
  return {
    ...of(column),
    task: kind === "binary" ? { kind } : { kind, classes: order.length },
    each: 1,
    of,
    notes: [
      kind === "binary"
        ? `task: binary, ${order[0]} is −1 and ${order[1]} is +1, one output`
        : `task: classification, ${order.length} classes from ${column.title}${same ? "" : `, numbered in this order: ${shortList(order)}`}`,
    ],
  };
}

/** A class for each sample, as the file names it. */
function namesOf(
  { data, title, place = (sample) => `sample ${sample}` }: Column,
  { task }: FileOptions,
): Name[] {
  if (hasTexts(data)) {
    const empty = data.texts.findIndex((text) => text.trim() === "");
    if (empty >= 0) throw fault(title, `${place(empty)} has no label`);
    return [...data.texts];
  }
  const each = columnsOf(data.shape);
  if (each > 1) {
    if (!isOneHot(data.values, each))
      throw fault(
        title,
        `it has ${each} numbers for a sample that are not one-hot; for numbers to be predicted set task: regression`,
      );
    return Array.from({ length: data.values.length / each }, (_, row) =>
      data.values.subarray(row * each, (row + 1) * each).indexOf(1 as never),
    );
  }
  const bad = data.values.findIndex((value: number) => !Number.isInteger(value));
  if (bad >= 0) {
    throw fault(
      title,
      `${place(bad)} is ${data.values[bad]}; ${task ?? "classes"} need${task ? "s" : ""} whole numbers or names`,
    );
  }
  return Array.from(data.values);
}

/** Classes that are numbers from 0 up stay as they are, and those between that have no sample count too. */
function numbered(
  found: readonly Name[],
  { title }: Column,
  asked: number | undefined,
): readonly Name[] {
  const least = found[0]!;
  const most = found.at(-1)!;
  const counted = typeof least === "number" && typeof most === "number" && least >= 0;
  if (asked !== undefined) {
    if (counted && most < asked) return Array.from({ length: asked }, (_, label) => label);
    if (asked === found.length) return found;
    throw fault(
      title,
      `it has ${found.length} classes, ${shortList(found)}; classes says ${asked}`,
    );
  }
  const dense = counted && least === 0 && most < 2 * found.length;
  return dense ? Array.from({ length: most + 1 }, (_, label) => label) : found;
}

/** A class of the options as the file writes it: 1 may stand there as a text. */
function nameAsked(asked: string | number | boolean, names: readonly Name[]): Name {
  if (typeof names[0] === "string") return String(asked);
  const number = typeof asked === "boolean" ? Number(asked) : Number(asked);
  return Number.isNaN(number) ? String(asked) : number;
}

function isOneHot(values: NumberArray, each: number): boolean {
  for (let from = 0; from < values.length; from += each) {
    let ones = 0;
    for (let k = from; k < from + each; k++) {
      if (values[k] !== 0 && values[k] !== 1) return false;
      ones += values[k]!;
    }
    if (ones !== 1) return false;
  }
  return true;
}

function columnsOf(shape: readonly number[]): number {
  return sizeOf(shape.slice(1));
}

function byName(a: Name, b: Name): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  return a < b ? -1 : a > b ? 1 : 0;
}

function shortList(names: readonly Name[]): string {
  const shown = names
    .slice(0, 12)
    .map((name) => String(name).slice(0, 40))
    .join(", ");
  return names.length > 12 ? `${shown}, … (${names.length})` : shown;
}
