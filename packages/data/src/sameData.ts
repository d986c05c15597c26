import type { LoadedData, NumberArray, Samples } from "./define.js";

/** The first part in which two loads of a data set differ; undefined if they are equal bit for bit. */
export function difference(a: LoadedData, b: LoadedData): string | undefined {
  const rest = ({ train: _, test: __, notes: ___, ...others }: LoadedData) =>
    JSON.stringify(others);
  if (rest(a) !== rest(b)) return "its shape, task, standardisation or source";
  for (const split of ["train", "test"] as const) {
    for (const part of ["inputs", "labels", "targets"] as const) {
      const [one, other] = [a[split]?.[part], b[split]?.[part]];
      if (one === other && one === undefined) continue;
      if (one === undefined || other === undefined || !equal(one, other)) return `${split}.${part}`;
    }
  }
  return undefined;
}

function equal(a: NumberArray, b: NumberArray): boolean {
  return a.length === b.length && a.every((value: number, i: number) => Object.is(value, b[i]));
}

/** The share of the test samples that are training samples too, inputs and targets alike. */
export function shareOfTest({ inputShape, task, train, test }: LoadedData): number {
  if (test === undefined) return 0;
  const size = inputShape.reduce((product, n) => product * n, 1);
  const each =
    task.kind === "regression" ? task.outputs : task.kind === "sequence" ? task.positions : 1;
  const places = new Map<number, number[]>();
  const trained = train.inputs.length / size;
  for (let row = 0; row < trained; row++) {
    const key = hashOf(train.inputs, row * size, size);
    const others = places.get(key);
    if (others) others.push(row);
    else places.set(key, [row]);
  }
  const isSame = (mine: number, theirs: number) =>
    sameRow(test.inputs, mine, train.inputs, theirs, size) &&
    sameRow(answers(test), mine, answers(train), theirs, each);
  const tested = test.inputs.length / size;
  let shared = 0;
  for (let row = 0; row < tested; row++) {
    const candidates = places.get(hashOf(test.inputs, row * size, size)) ?? [];
    if (candidates.some((other) => isSame(row, other))) shared++;
  }
  return shared / tested;
}

function answers({ labels, targets }: Samples): NumberArray {
  return (labels ?? targets)!;
}

function sameRow(
  a: NumberArray,
  row: number,
  b: NumberArray,
  other: number,
  size: number,
): boolean {
  for (let k = 0; k < size; k++) if (a[row * size + k] !== b[other * size + k]) return false;
  return true;
}

/** FNV-1a over the numbers as float32. */
function hashOf(values: NumberArray, from: number, size: number): number {
  let hash = 0x811c9dc5;
  for (let at = from; at < from + size; at++) {
    NUMBER[0] = values[at]!;
    hash = Math.imul(hash ^ BITS[0]!, 0x01000193) ^ (hash >>> 15);
  }
  return hash;
}

const NUMBER = new Float32Array(1);
const BITS = new Uint32Array(NUMBER.buffer);
