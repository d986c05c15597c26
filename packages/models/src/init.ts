import type { RandomStream } from "@eoss/rng";
import { type Tensor, tensor } from "@tensorflow/tfjs-core";
import type { ParameterSpec } from "./define.js";

/** How a kernel's entries are drawn, given the number of its inputs (fan-in). */
interface Initialization {
  readonly description: string;
  kernel(stream: RandomStream, size: number, fanIn: number): Float32Array;
  /** Biases are zero where this is absent. */
  bias?(stream: RandomStream, size: number, fanIn: number): Float32Array;
}

const uniformFanIn = (stream: RandomStream, size: number, fanIn: number): Float32Array => {
  const limit = 1 / Math.sqrt(fanIn);
  return Float32Array.from({ length: size }, (_, i) => limit * (2 * stream.uniformAt(i) - 1));
};

/** The initialisations by name. */
export const initializations = {
  /** N(0, 2/fanIn), zero biases: the paper's. He et al. (2015), Delving deep into rectifiers. */
  "kaiming-normal": {
    description: "normal with variance 2/fan-in, zero biases (the paper's)",
    kernel: (stream, size, fanIn) => {
      const deviation = Math.sqrt(2 / fanIn);
      return stream.normals(size).map((x) => deviation * x);
    },
  },
  /** U(−1/√fanIn, 1/√fanIn), biases too: what PyTorch does by default. */
  "uniform-fan-in": {
    description: "uniform within ±1/√fan-in, biases too (PyTorch's default)",
    kernel: uniformFanIn,
    bias: uniformFanIn,
  },
} as const satisfies Record<string, Initialization>;

export type InitializationName = keyof typeof initializations;

export interface InitOptions {
  /** Default: "kaiming-normal". */
  readonly scheme?: InitializationName;
  /** Every drawn weight is multiplied by it; the paper uses 0.2 to 0.3. Default 1. */
  readonly scale?: number;
}

/**
 * Draws the parameters of a network.
 *
 * @param specs names, shapes and fan-ins, in order
 * @param stream each tensor draws from a fork of its own: the k-th tensor from `stream.fork(k)`
 * @returns float32 tensors by name, in the order of `specs`; the caller disposes them
 * @throws RangeError naming an unknown scheme and the known ones
 */
export function initialize(
  specs: readonly ParameterSpec[],
  stream: RandomStream,
  { scheme = "kaiming-normal", scale = 1 }: InitOptions = {},
): Record<string, Tensor> {
  const initialization: Initialization | undefined = initializations[scheme];
  if (initialization === undefined) {
    const known = Object.keys(initializations).join(", ");
    throw new RangeError(`unknown initialisation "${scheme}"; known are: ${known}`);
  }
  const draw = ({ role, shape, fanIn }: ParameterSpec, index: number): Tensor => {
    const size = shape.reduce((product, n) => product * n, 1);
    const values = initialization[role]?.(stream.fork(index), size, fanIn);
    return tensor(values?.map((x) => scale * x) ?? new Float32Array(size), [...shape], "float32");
  };
  return Object.fromEntries(specs.map((spec, index) => [spec.name, draw(spec, index)]));
}
