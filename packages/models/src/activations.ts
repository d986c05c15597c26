import { relu, type Tensor, tanh } from "@tensorflow/tfjs-core";

/** The activation functions by name. */
export const activations = { relu, tanh } satisfies Record<string, (x: Tensor) => Tensor>;

export type ActivationName = keyof typeof activations;

export const activationNames = Object.keys(activations) as [ActivationName, ...ActivationName[]];
