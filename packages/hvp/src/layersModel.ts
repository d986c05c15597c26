import type { Tensor } from "@tensorflow/tfjs-core";

/** What this package needs to know of a `tf.LayersModel` or `tf.Sequential`. */
export interface LayersModelLike {
  readonly trainableWeights: ReadonlyArray<{ readonly name: string }>;
  apply(x: never, options?: { training: boolean }): unknown;
}

/** A layers model as a pure function of its weights. */
export interface LayersFunction {
  /** The trainable weights by name: the model's own tensors, not copies. */
  readonly params: Readonly<Record<string, Tensor>>;
  /** The model's output for given weights; the model's own are back in place afterwards. */
  apply(params: Readonly<Record<string, Tensor>>, x: Tensor): Tensor;
}

/**
 * Makes a `tf.LayersModel` a function of its weights, as `linearize`, `hessian` and `verify` need.
 *
 * Layers read their weights from variables of their own; for the time of a call these are replaced
 * by the given tensors.
 *
 * @param training run layers as in training: batch normalisation then uses the statistics of the
 *   batch (dropout would make the loss random: leave it out). Default false.
 * @example
 * const { params, apply } = layersModel(tf.sequential({ layers: [...] }));
 * const linearization = linearize((p) => mse(apply(p, x), y), params);
 */
export function layersModel(
  model: LayersModelLike,
  { training = false }: { training?: boolean } = {},
): LayersFunction {
  const weights = model.trainableWeights as ReadonlyArray<{ name: string; val: Tensor }>;
  return {
    params: Object.fromEntries(weights.map(({ name, val }) => [name, val])),
    apply(params, x) {
      const own = weights.map(({ val }) => val);
      try {
        for (const weight of weights) weight.val = params[weight.name]!;
        return model.apply(x as never, { training }) as Tensor;
      } finally {
        for (const [index, weight] of weights.entries()) weight.val = own[index]!;
      }
    },
  };
}
