import { broadcast_util, type KernelFunc, type TensorInfo, util } from "@tensorflow/tfjs-core";
import type { WasmBackend } from "./backend.js";
import type { Bind, BoundModule } from "./module.js";

/** Terms of a sum that are added by themselves, so that long sums round no more than short ones. */
const TERMS = 4096;
/** Terms from which on a product with one row or column, which is as quick, is made in float64. */
const LONG_ROW = 256;

/**
 * op(A)·op(B) for each pair of matrices of two batches, [..., m, k] and [..., k, n] to [..., m, n]; a batch
 * of one serves for all of the other's.
 */
export const matMulKernel =
  (bind: Bind): KernelFunc =>
  ({ inputs, backend, attrs }) => {
    const { a, b } = inputs as { a: TensorInfo; b: TensorInfo };
    requireFloats("BatchMatMul", a, b);
    const host = backend as unknown as WasmBackend;
    const turnedA = Boolean(attrs?.transposeA);
    const turnedB = Boolean(attrs?.transposeB);
    const [m, k] = turnedIf(turnedA, a.shape);
    const [k2, n] = turnedIf(turnedB, b.shape);
    util.assert(
      k === k2,
      () =>
        `Error in matMul: inner shapes (${k}) and (${k2}) of Tensors with shapes ${a.shape} and ${b.shape} ` +
        `and transposeA=${turnedA} and transposeB=${turnedB} must match.`,
    );
    const [batchA, batchB] = [a.shape.slice(0, -2), b.shape.slice(0, -2)];
    const batch = broadcast_util.assertAndGetBroadcastShape(batchA, batchB);
    const out = host.makeOutput([...batch, m, n], "float32");
    const spare = k > TERMS ? host.makeOutput([m, n], "float32") : undefined;
    const at = ({ dataId }: TensorInfo) => host.getMemoryOffset(dataId);
    const multiply = multiplier(bind(host), { m, n, k, turnedA, turnedB }, spare && at(spare));
    const ofA = matrixNumbers(batchA, batch);
    const ofB = matrixNumbers(batchB, batch);
    const count = util.sizeFromShape(batch);
    if (k === 0) {
      new Float32Array(host.wasm.HEAPU8.buffer, at(out), count * m * n).fill(0);
      return out;
    }
    for (let index = 0; index < count; index++) {
      multiply(
        at(a) + 4 * m * k * ofA(index),
        at(b) + 4 * k * n * ofB(index),
        at(out) + 4 * m * n * index,
      );
    }
    if (spare) host.disposeData(spare.dataId);
    return out;
  };

interface Sizes {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly turnedA: boolean;
  readonly turnedB: boolean;
}

/** C = op(A)·op(B) of matrices by their addresses. */
function multiplier(
  { module, scratch, native }: BoundModule,
  { m, n, k, turnedA, turnedB }: Sizes,
  spare: number | undefined,
): (a: number, b: number, c: number) => void {
  if (m === 1 && k >= LONG_ROW) {
    return (a, b, c) => module.vectorProduct(k, n, a, b, turnedB ? k : n, turnedB, c, scratch);
  }
  if (n === 1 && k >= LONG_ROW) {
    return (a, b, c) => module.vectorProduct(k, m, b, a, turnedA ? m : k, !turnedA, c, scratch);
  }
  const [pitchA, pitchB] = [turnedA ? m : k, turnedB ? k : n];
  return (a, b, c) => {
    for (let from = 0; from < k; from += TERMS) {
      const terms = Math.min(TERMS, k - from);
      const left = a + 4 * from * (turnedA ? m : 1);
      const right = b + 4 * from * (turnedB ? 1 : n);
      const to = from === 0 ? c : spare!;
      if (native) {
        native(turnedA, turnedB, m, n, terms, left, pitchA, right, pitchB, false, to, n);
      } else {
        module.matMul(
          m,
          n,
          terms,
          left,
          pitchA,
          turnedA,
          right,
          pitchB,
          turnedB,
          to,
          n,
          false,
          scratch,
        );
      }
      if (from > 0) module.add(m * n, to, c);
    }
  };
}

/** @throws Error for numbers of another type */
export function requireFloats(kernel: string, ...inputs: TensorInfo[]): void {
  const other = inputs.find(({ dtype }) => dtype !== "float32");
  if (other)
    throw new Error(`${kernel} takes float32 tensors, and was given one of ${other.dtype}`);
}

function turnedIf(turned: boolean, shape: readonly number[]): [number, number] {
  const [rows, columns] = [shape.at(-2)!, shape.at(-1)!];
  return turned ? [columns, rows] : [rows, columns];
}

/** Which matrix of a batch of some shape meets number i of the broadcast batch. */
function matrixNumbers(shape: readonly number[], batch: readonly number[]) {
  const strides = util.computeStrides([...batch, 1]);
  const own = util.computeStrides([...shape, 1]);
  const offset = batch.length - shape.length;
  return (index: number) =>
    shape.reduce((number, size, axis) => {
      const at = Math.floor(index / (strides[axis + offset] ?? 1)) % batch[axis + offset]!;
      return number + (size === 1 ? 0 : at) * (own[axis] ?? 1);
    }, 0);
}
