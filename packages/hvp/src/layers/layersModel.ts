/** A `tf.LayersModel` as a function of its weights. */

import { stream } from "@eoss/rng";
import { checkTypedOptions, flag, number } from "@eoss/rng/internal";
import type { Tensor } from "@tensorflow/tfjs-core";
import { shadow } from "../tape/intercept.js";
import { share } from "../tape/share.js";
import { noteLayerState } from "./layerState.js";
import { isUntouched, putBackLater, untouched } from "./untouched.js";

/** What this package needs to know of a `tf.LayersModel` or `tf.Sequential`. */
export interface LayersModelLike {
  readonly trainableWeights: ReadonlyArray<{ readonly name: string }>;
  apply(x: never, options?: { training: boolean }): unknown;
}

/** A layers model as a pure function of its weights: of a model with several outputs, to a list. */
export interface LayersFunction<Output extends Tensor | Tensor[] = Tensor> {
  /** The trainable weights by name: the model's own tensors, not copies. */
  readonly params: Readonly<Record<string, Tensor>>;
  /**
   * The model's output for given weights; afterwards the model is as it was: its weights, moving
   * averages, states of recurrent layers, variables of custom layers; and, once the function that is
   * differentiated returns, all fields of layers. Until then what a layer notes in a field, such as
   * a loss of its own, can be read.
   *
   * @param x the input, or a list of them where the model has several
   */
  apply(params: Readonly<Record<string, Tensor>>, x: Tensor | readonly Tensor[]): Output;
}

/**
 * Makes a `tf.LayersModel` a function of its weights, as `linearize`, `hessian` and `verify` need.
 *
 * Layers read their weights from variables of their own; for the time of a call these are replaced
 * by the given tensors.
 *
 * @param training run layers as in training: batch normalisation then uses the statistics of the
 *   batch. Default false.
 * @param seed fixes what layers draw, the masks of dropout and noise, to be the same at each call.
 *   Without it a model that draws is no function of its weights, and is refused.
 * @example
 * const { params, apply } = layersModel(tf.sequential({ layers: [...] }));
 * const linearization = linearize((p) => mse(apply(p, x), y), params);
 * @example
 * const joined = layersModel<tf.Tensor[]>(tf.model({ inputs: [...], outputs: [...] }));
 * const [first, second] = joined.apply(joined.params, [x1, x2]);
 */
export function layersModel<Output extends Tensor | Tensor[] = Tensor>(
  model: LayersModelLike,
  options: { training?: boolean; seed?: number } = {},
): LayersFunction<Output> {
  checkTypedOptions("layersModel", options, { training: flag, seed: number });
  const { training = false, seed } = options;
  if (!Array.isArray(model.trainableWeights)) {
    throw new TypeError(
      "this is no layers model: it has no trainableWeights. The weights of a graph model " +
        "(tf.loadGraphModel) are constants of its graph: load the network with tf.loadLayersModel, " +
        "or write it with tfjs ops of its weights",
    );
  }
  const weights = model.trainableWeights as ReadonlyArray<{ name: string; val: Tensor }>;
  return {
    params: Object.fromEntries(weights.map(({ name, val }) => [name, val])),
    apply(params, x) {
      const call = () =>
        withWeights(weights, params, () =>
          withSeed(seed, () => model.apply(x as never, { training }) as Output),
        );
      const restore = noteLayerState(model);
      if (isUntouched()) {
        putBackLater(restore);
        return call();
      }
      return untouched(() => {
        putBackLater(() => restore({ listsAlone: true }));
        const output = call();
        return (Array.isArray(output) ? output.map(callers) : callers(output)) as Output;
      });
    },
  };
}

/** What is kept by a layer, as a state, is not the caller's. */
function callers(output: Tensor): Tensor {
  return (output as { kept?: boolean }).kept ? share(output) : output;
}

function withWeights<T>(
  weights: ReadonlyArray<{ name: string; val: Tensor }>,
  params: Readonly<Record<string, Tensor>>,
  body: () => T,
): T {
  const own = weights.map(({ val }) => val);
  try {
    for (const weight of weights) weight.val = params[weight.name]!;
    return body();
  } finally {
    for (const [index, weight] of weights.entries()) weight.val = own[index]!;
  }
}

/** With draws from Math.random, which tfjs seeds its own with, fixed by a seed. */
function withSeed<T>(seed: number | undefined, body: () => T): T {
  if (seed === undefined) return body();
  const draws = stream(seed, "layers");
  let next = 0;
  const undo = shadow(Math, "random", () => draws.uniformAt(next++));
  try {
    return body();
  } finally {
    undo();
  }
}
