/** Functions with kinks, continued from the piece on which a point lies. */

import { backend_util, type DataType, dispose, type Tensor, tensor } from "@tensorflow/tfjs-core";
import {
  intercept,
  type KernelCall,
  type KernelHandler,
  type RunKernel,
} from "../tape/intercept.js";

/** What was chosen at the point: numbers, with the shape and type to make a tensor of. */
type Choice = ReadonlyArray<{ values: Float32Array | Int32Array | Uint8Array; like: Like }>;
type Like = { readonly shape: number[]; readonly dtype: DataType };

/** How a kernel that consists of smooth pieces is continued beyond its piece. */
interface Continuation {
  /** The piece that is chosen for these inputs. */
  choose(call: KernelCall, output: Tensor, run: RunKernel): Choice;
  /** The kernel's result if that piece held everywhere. */
  extend(call: KernelCall, choice: readonly Tensor[], ops: Ops): Tensor;
}

/** Kernels by name, run below every record. */
type Ops = (
  kernelName: string,
  inputs: Record<string, Tensor>,
  attrs?: Record<string, unknown>,
) => Tensor;

/**
 * The smooth piece of a piecewise smooth computation on which it lies at one point, continued to
 * everywhere: each ReLU keeps its sign pattern, each maximum its argument, each comparison its
 * result. Derivatives at the point are those of the piece, and differences of the continued piece
 * never step over a kink.
 */
export class SmoothPiece {
  readonly #choices: Choice[] = [];

  /** Runs `body` at the point, and remembers what was chosen. */
  record<T>(body: () => T): T {
    return this.#continued(body, (continuation, call, run) => {
      const output = run(call) as Tensor;
      this.#choices.push(continuation.choose(call, output, run));
      return output;
    });
  }

  /**
   * Runs the same computation elsewhere, with the choices of the point.
   *
   * @throws Error if it is not the same computation
   */
  extend<T>(body: () => T): T {
    let next = 0;
    const different = () => new Error("the loss does not run the same ops each time it is called");
    const result = this.#continued(body, (continuation, call, run) => {
      const choice = this.#choices[next++];
      if (choice === undefined) throw different();
      const tensors = choice.map(({ values, like }) => tensor(values, like.shape, like.dtype));
      const between: Tensor[] = [];
      const output = continuation.extend(call, tensors, (kernelName, inputs, attrs = {}) => {
        between.push(run({ kernelName, inputs, attrs }) as Tensor);
        return between.at(-1)!;
      });
      dispose([...tensors, ...between].filter((t) => t !== output));
      return output;
    });
    if (next !== this.#choices.length) throw different();
    return result;
  }

  /** Runs `body` with `handle` in place of the kernels that have pieces. */
  #continued<T>(
    body: () => T,
    handle: (continuation: Continuation, call: KernelCall, run: RunKernel) => Tensor,
  ): T {
    // A backend may make a kernel of others: these belong to it.
    let within = false;
    const handler: KernelHandler = (call, run) => {
      const activation = fusedActivation(call);
      if (activation && !within) {
        const linear = run(activation.before) as Tensor;
        const output = handler(activation.of(linear), run);
        linear.dispose();
        return output;
      }
      const continuation = continuationOf(call);
      if (!continuation || within) return run(call);
      within = true;
      try {
        return handle(continuation, call, run);
      } finally {
        within = false;
      }
    };
    return intercept(handler, body);
  }
}

const ACTIVATIONS: Readonly<Record<string, string>> = {
  ...{ elu: "Elu", leakyrelu: "LeakyRelu", prelu: "Prelu", relu: "Relu", relu6: "Relu6" },
  sigmoid: "Sigmoid",
};

/** A fused kernel as the one before its activation, and the activation. */
function fusedActivation({ kernelName = "", inputs, attrs = {} }: KernelCall) {
  const name = ACTIVATIONS[attrs.activation as string];
  if (name === undefined || !/Fused(MatMul|Conv2D|DepthwiseConv2D)$/.test(kernelName)) return;
  const { preluActivationWeights, ...others } = inputs;
  const before: KernelCall = {
    kernelName,
    inputs: others,
    attrs: { ...attrs, activation: "linear" },
  };
  const alpha = preluActivationWeights && { alpha: preluActivationWeights };
  const of = (x: Tensor): KernelCall => ({
    kernelName: name,
    inputs: { x, ...alpha },
    attrs: { alpha: attrs.leakyreluAlpha },
  });
  return { before, of };
}

/** Values chosen for each entry of a tensor. */
function each(x: Tensor, choose: (value: number, index: number) => number): Choice[number] {
  const values = Float32Array.from(x.dataSync() as Float32Array, choose);
  return { values, like: { shape: x.shape, dtype: "float32" } };
}

/** y = slope·x + offset on each piece. */
function affine(
  piece: (x: number, attrs: Record<string, number>) => readonly [slope: number, offset: number],
): Continuation {
  return {
    choose({ inputs, attrs = {} }) {
      const x = inputs.x ?? Object.values(inputs)[0]!;
      const limits = attrs as Record<string, number>;
      return [
        each(x, (value) => piece(value, limits)[0]),
        each(x, (value) => piece(value, limits)[1]),
      ];
    },
    extend({ inputs }, [slope, offset], ops) {
      const x = inputs.x ?? Object.values(inputs)[0]!;
      return ops("Add", { a: ops("Multiply", { a: x, b: slope! }), b: offset! });
    },
  };
}

/** One of two functions, by the sign of the input. */
function bySign(
  negative: (call: KernelCall, x: Tensor, ops: Ops) => Tensor,
  slope = 1,
): Continuation {
  return {
    choose: ({ inputs }) => {
      const x = inputs.x!;
      return [each(x, (value) => (value > 0 ? slope : 0)), each(x, (value) => (value > 0 ? 0 : 1))];
    },
    extend(call, [above, below], ops) {
      const x = call.inputs.x!;
      const left = ops("Multiply", { a: negative(call, x, ops), b: below! });
      return ops("Add", { a: ops("Multiply", { a: x, b: above! }), b: left });
    },
  };
}

const SELU_SLOPE = 1.0507009873554805;
const SELU_ALPHA = 1.7580993408473768;

/** factor·(exp x − 1). */
const exponential = (factor: number) => (_: KernelCall, x: Tensor, ops: Ops) => {
  const scale = tensor(factor);
  const result = ops("Multiply", { a: ops("Expm1", { x }), b: scale });
  scale.dispose();
  return result;
};

/** The larger or smaller of two. */
const ofTwo = (comparison: string): Continuation => ({
  choose({ inputs }, _, run) {
    const first = run({ kernelName: comparison, inputs: { a: inputs.a!, b: inputs.b! } }) as Tensor;
    const choice = [each(first, Number), each(first, (value) => 1 - value)];
    first.dispose();
    return choice;
  },
  extend({ inputs }, [first, second], ops) {
    const left = ops("Multiply", { a: inputs.a!, b: first! });
    return ops("Add", { a: left, b: ops("Multiply", { a: inputs.b!, b: second! }) });
  },
});

/** The entry of x that each output entry took, as a flat index. */
const taken = (places: (call: KernelCall, output: Tensor) => number[]): Continuation => ({
  choose: (call, output) => [
    {
      values: Int32Array.from(places(call, output)),
      like: { shape: [output.size], dtype: "int32" },
    },
    { values: new Float32Array(output.size), like: { shape: output.shape, dtype: "float32" } },
  ],
  extend({ inputs }, [indices, shaped], ops) {
    const flat = ops("Reshape", { x: inputs.x! }, { shape: [inputs.x!.size] });
    const attrs = { axis: 0, batchDims: 0 };
    const values = ops("GatherV2", { x: flat, indices: indices! }, attrs);
    return ops("Reshape", { x: values }, { shape: shaped!.shape });
  },
});

/** The result itself is the choice. */
const fixed: Continuation = {
  choose: (_, output) => [
    {
      values: output.dataSync().slice() as Float32Array,
      like: { shape: output.shape, dtype: output.dtype },
    },
  ],
  extend: (_, [value]) => value!,
};

const continuations: Readonly<Record<string, Continuation | undefined>> = {
  Abs: affine((x) => [Math.sign(x), 0]),
  ClipByValue: affine((x, { clipValueMin, clipValueMax }) =>
    x < clipValueMin! ? [0, clipValueMin!] : x > clipValueMax! ? [0, clipValueMax!] : [1, 0],
  ),
  Elu: bySign(exponential(1)),
  LeakyRelu: affine((x, { alpha }) => [x > 0 ? 1 : alpha!, 0]),
  Max: taken(extremePlaces),
  MaxPool: taken(poolPlaces),
  MaxPool3D: taken(poolPlaces),
  Maximum: ofTwo("GreaterEqual"),
  Min: taken(extremePlaces),
  Minimum: ofTwo("LessEqual"),
  Prelu: bySign(({ inputs }, x, ops) => ops("Multiply", { a: x, b: inputs.alpha! })),
  Relu: affine((x) => [x > 0 ? 1 : 0, 0]),
  Relu6: affine((x) => (x <= 0 ? [0, 0] : x >= 6 ? [0, 6] : [1, 0])),
  Selu: bySign(exponential(SELU_ALPHA), SELU_SLOPE),
  ...Object.fromEntries(
    [
      ...["ArgMax", "ArgMin", "Ceil", "Equal", "Floor", "Greater", "GreaterEqual", "Less"],
      ...["LessEqual", "NotEqual", "Round", "Sign", "Step"],
    ].map((name) => [name, fixed]),
  ),
};

function continuationOf({ kernelName = "", attrs }: KernelCall): Continuation | undefined {
  if (kernelName === "Cast" && attrs?.dtype !== "float32") return fixed;
  return continuations[kernelName];
}

/** Where a reduction found its extreme values: the first place of each group. */
function extremePlaces({ inputs, attrs }: KernelCall, output: Tensor): number[] {
  const x = inputs.x!;
  const { reductionIndices, axis = reductionIndices } = attrs as Record<string, number | number[]>;
  const reduced = new Set([axis!].flat().map((axis) => (axis + x.rank) % x.rank));
  const values = x.dataSync();
  const extremes = output.dataSync();
  const places = new Array<number>(output.size).fill(-1);
  for (let index = values.length - 1; index >= 0; index--) {
    const kept = coordinates(index, x.shape).map((at, axis) => (reduced.has(axis) ? 0 : at));
    const group = kept.reduce(
      (sum, at, axis) => (reduced.has(axis) ? sum : sum * x.shape[axis]! + at),
      0,
    );
    if (values[index] === extremes[group]) places[group] = index;
  }
  return places;
}

/** Where the windows of a max pool, of images or volumes, found their maxima: the first place. */
function poolPlaces({ inputs, attrs }: KernelCall, output: Tensor): number[] {
  const x = inputs.x!;
  const { filterSize, strides, pad, dimRoundingMode } = attrs as never as PoolAttributes;
  const compute = x.rank === 5 ? backend_util.computePool3DInfo : backend_util.computePool2DInfo;
  const info = compute(
    x.shape as never,
    filterSize as never,
    strides as never,
    1,
    pad,
    dimRoundingMode,
  );
  const { padInfo, ...of } = info as never as Record<string, number> & {
    padInfo: Record<string, number>;
  };
  // The axes of the window, as of [samples, ...axes, channels].
  const axes = [
    { size: of.filterDepth!, stride: of.strideDepth!, before: padInfo.front! },
    { size: of.filterHeight!, stride: of.strideHeight!, before: padInfo.top! },
    { size: of.filterWidth!, stride: of.strideWidth!, before: padInfo.left! },
  ].slice(5 - x.rank);
  const entries = axes.reduce((product, { size }) => product * size, 1);
  const values = x.dataSync();
  return Array.from({ length: output.size }, (_, index) => {
    const at = coordinates(index, output.shape);
    let best = -1;
    for (let entry = 0; entry < entries; entry++) {
      const within = coordinates(
        entry,
        axes.map(({ size }) => size),
      );
      const place = at.map((o, axis) => {
        const window = axes[axis - 1];
        return window ? o * window.stride - window.before + within[axis - 1]! : o;
      });
      if (place.some((o, axis) => o < 0 || o >= x.shape[axis]!)) continue;
      const flat = place.reduce((sum, o, axis) => sum * x.shape[axis]! + o, 0);
      if (best < 0 || values[flat]! > values[best]!) best = flat;
    }
    return best;
  });
}

interface PoolAttributes {
  readonly filterSize: number | number[];
  readonly strides: number | number[];
  readonly pad: "valid" | "same" | number;
  readonly dimRoundingMode?: "floor" | "round" | "ceil";
}

/** The position of a flat index in a tensor. */
function coordinates(index: number, shape: readonly number[]): number[] {
  const at: number[] = [];
  for (const size of shape.slice().reverse()) {
    at.unshift(index % size);
    index = Math.floor(index / size);
  }
  return at;
}
