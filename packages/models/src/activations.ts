import {
  add,
  elu,
  erf,
  leakyRelu,
  mul,
  relu,
  relu6,
  selu,
  sigmoid,
  softplus,
  type Tensor,
  tanh,
} from "@tensorflow/tfjs-core";

/** The activation functions by name, each element by element. */
export const activations = {
  relu: (x) => relu(x),
  tanh: (x) => tanh(x),
  sigmoid: (x) => sigmoid(x),
  /** x·Φ(x) with the normal distribution function Φ, exact (not its tanh approximation). */
  gelu: (x) => mul(mul(x, 0.5), add(erf(mul(x, Math.SQRT1_2)), 1)),
  /** x·σ(x), also called swish. */
  silu: (x) => mul(x, sigmoid(x)),
  elu: (x) => elu(x),
  selu: (x) => selu(x),
  softplus: (x) => softplus(x),
  /** Slope 0.01 below zero. */
  "leaky-relu": (x) => leakyRelu(x, 0.01),
  relu6: (x) => relu6(x),
  /** None: a deep linear network. */
  linear: (x) => x,
} satisfies Record<string, (x: Tensor) => Tensor>;

export type ActivationName = keyof typeof activations;

export const activationNames = Object.keys(activations) as [ActivationName, ...ActivationName[]];
