import type { RandomStream } from "@eoss/rng";
import { checkOptions, requireStream } from "@eoss/rng/internal";
import { type Tensor, tensor } from "@tensorflow/tfjs-core";
import type { ParameterSpec } from "./define.js";

/** How a kernel's entries are drawn, given the number of its inputs and outputs. */
interface Initialization {
  readonly description: string;
  kernel(stream: RandomStream, size: number, fans: Fans): Float32Array;
  /** Biases are zero where this is absent. */
  bias?(stream: RandomStream, size: number, fans: Fans): Float32Array;
}

interface Fans {
  readonly fanIn: number;
  readonly fanOut: number;
}

/** N(0, variance). */
const normal = (variance: (fans: Fans) => number): Initialization["kernel"] => {
  return (stream, size, fans) => {
    const deviation = Math.sqrt(variance(fans));
    return stream.normals(size).map((x) => deviation * x);
  };
};

/** U(−limit, limit). */
const uniform = (limit: (fans: Fans) => number): Initialization["kernel"] => {
  return (stream, size, fans) => {
    const bound = limit(fans);
    return Float32Array.from({ length: size }, (_, i) => bound * (2 * stream.uniformAt(i) - 1));
  };
};

const uniformFanIn = uniform(({ fanIn }) => 1 / Math.sqrt(fanIn));

/** The initialisations by name. */
export const initializations = {
  /** N(0, 2/fanIn), zero biases: the paper's. He et al. (2015), Delving deep into rectifiers. */
  "kaiming-normal": {
    description: "normal with variance 2/fan-in, zero biases (the paper's)",
    kernel: normal(({ fanIn }) => 2 / fanIn),
  },
  /** N(0, 2/fanOut), zero biases: the authors' for residual networks. */
  "kaiming-normal-fan-out": {
    description: "normal with variance 2/fan-out, zero biases (the authors' for residual networks)",
    kernel: normal(({ fanOut }) => 2 / fanOut),
  },
  /** U(−1/√fanIn, 1/√fanIn), biases too: what PyTorch does by default. */
  "uniform-fan-in": {
    description: "uniform within ±1/√fan-in, biases too (PyTorch's default)",
    kernel: uniformFanIn,
    bias: uniformFanIn,
  },
  /** Glorot, Bengio (2010), Understanding the difficulty of training deep networks. */
  "xavier-normal": {
    description: "normal with variance 2/(fan-in + fan-out), zero biases",
    kernel: normal(({ fanIn, fanOut }) => 2 / (fanIn + fanOut)),
  },
  "xavier-uniform": {
    description: "uniform within ±√(6/(fan-in + fan-out)), zero biases",
    kernel: uniform(({ fanIn, fanOut }) => Math.sqrt(6 / (fanIn + fanOut))),
  },
  /** LeCun et al. (1998), Efficient backprop. */
  "lecun-normal": {
    description: "normal with variance 1/fan-in, zero biases",
    kernel: normal(({ fanIn }) => 1 / fanIn),
  },
} as const satisfies Record<string, Initialization>;

export type InitializationName = keyof typeof initializations;

export interface InitOptions {
  /** Default: the architecture's own, usually "kaiming-normal". */
  readonly scheme?: InitializationName;
  /** Every drawn weight is multiplied by it (gains are not); the paper uses 0.2 to 0.3. Default 1. */
  readonly scale?: number;
}

/**
 * Draws the parameters of a network.
 *
 * @param specs names, shapes and fan-ins, in order
 * @param stream each tensor draws from a fork of its own: the k-th tensor from `stream.fork(k)`
 * @returns float32 tensors by name, in the order of `specs`; the caller disposes them
 * @throws RangeError naming an unknown option or scheme and the known ones; TypeError without a stream
 */
export function initialize(
  specs: readonly ParameterSpec[],
  stream: RandomStream,
  options: InitOptions = {},
): Record<string, Tensor> {
  requireStream("the initialisation", stream);
  checkOptions("the initialisation", options, ["scheme", "scale"]);
  const { scheme = "kaiming-normal", scale = 1 } = options;
  if (!(typeof scale === "number" && Number.isFinite(scale))) {
    throw new RangeError(`scale of the initialisation is ${scale}; allowed: a finite number`);
  }
  const initialization: Initialization | undefined = Object.hasOwn(initializations, scheme)
    ? initializations[scheme]
    : undefined;
  if (initialization === undefined) {
    const known = Object.keys(initializations).join(", ");
    throw new RangeError(`unknown initialisation "${scheme}"; allowed: ${known}`);
  }
  const draw = ({ role, shape, fanIn, fanOut }: ParameterSpec, index: number): Float32Array => {
    const size = shape.reduce((product, n) => product * n, 1);
    if (role === "gain") return new Float32Array(size).fill(1);
    const fans = { fanIn, fanOut: fanOut ?? shape.at(-1)! };
    const values = initialization[role]?.(stream.fork(index), size, fans);
    return values?.map((x) => scale * x) ?? new Float32Array(size);
  };
  return Object.fromEntries(
    specs.map((spec, index) => [spec.name, tensor(draw(spec, index), [...spec.shape], "float32")]),
  );
}
