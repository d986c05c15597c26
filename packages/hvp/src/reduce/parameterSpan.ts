import { clone, type Tensor } from "@tensorflow/tfjs-core";
import { mapTree, type ParameterTree, partsLike } from "../parameters/parameters.js";
import { constant, currentRecorder } from "../tape/constant.js";
import { intercept } from "../tape/intercept.js";
import { share } from "../tape/share.js";
import { isMatMul, type ReducedLayer, reducedLayers } from "./reducedLayers.js";

/**
 * Coordinates of the parameters in which the weights of dense layers are restricted to what the samples
 * of a batch see. They are orthonormal: gradients keep their norms and inner products, curvature
 * matrices their eigenvalues other than zero.
 *
 * @experimental
 */
export interface ParameterSpan {
  /** Z = 0: in place of the weights of a layer one or two tensors; the other parameters. */
  readonly coordinates: readonly Tensor[];
  /**
   * A function of the parameters as one of the coordinates, for derivatives at `coordinates`.
   *
   * @param f through which each restricted W enters as the one product a·W that it enters the loss by
   * @throws TypeError, when it is called, if W does not
   */
  restrict(f: (params: ParameterTree) => Tensor): (z: ParameterTree) => Tensor;
  /** A direction in full, shaped like the parameters. The caller disposes it. */
  lift(z: ParameterTree): ParameterTree;
  dispose(): void;
}

/**
 * Restricts the weights of dense layers to the span of their inputs and output gradients.
 *
 * A loss sees W through products a·W of b samples alone. Its Hessian acts on a direction V by a·V and
 * δ·Vᵀ, δ = ∂L/∂(a·W), and what comes out is aᵀ·X + Y·δ for some X, Y. So with orthonormal rows Q that
 * span those of a, and D those of δ, r, s ≤ b of them,
 *
 *   W + Qᵀ·Z₁ + (I − QᵀQ)·Z₂ᵀ·D
 *
 * takes every direction that matters: Z₁ [r, h] and Z₂ [s, d] replace W [d, h]. Where a is constant,
 * as the inputs of the network are, Z₁ alone does. Parts of Z₂ in the span of Q lead nowhere: there
 * the Hessian is zero.
 *
 * @param f called once, under a record that shows how each parameter enters. Only of a scalar are
 *   layers restricted whose inputs vary.
 * @returns why not, where nothing can be gained: no parameter enters as one product a·W and nowhere
 *   else, or the samples are too many
 * @throws UnverifiedOpError, TypeError as `linearize`
 */
export function parameterSpan(
  f: (params: ParameterTree) => Tensor,
  params: ParameterTree,
): ParameterSpan | string {
  const { layers, left } = reducedLayers(f, params);
  if (layers.size === 0) return left.join("; ") || "no parameter is a matrix";
  const coordinates = (Object.entries(params) as [string, Tensor][]).flatMap(
    ([key, p]): readonly Tensor[] => layers.get(key)?.coordinates ?? [p],
  );
  /** The tensors of z, by parameter. */
  const partsOf = (z: ParameterTree) => {
    const left = partsLike(z, coordinates);
    const count = (key: string) => layers.get(key)?.coordinates.length ?? 1;
    return new Map(Object.keys(params).map((key) => [key, left.splice(0, count(key))]));
  };

  return {
    coordinates,
    restrict: (f) => (z) => {
      const parts = partsOf(z);
      const products = new Map<number, Product>();
      const full = mapTree(params, (p, _, key) => {
        const layer = layers.get(key);
        const [first] = parts.get(key)!;
        if (layer === undefined) return first!;
        const w = constant(() => share(p));
        products.set(w.id, { key, layer, z: parts.get(key)!, uses: 0 });
        // W is what the function goes on with: that it varies with Z shows what it enters in parts.
        currentRecorder()?.standIn(w, first!);
        currentRecorder()?.foreign.guard(p, key, w);
        return w;
      });
      const result = intercept(
        (call, run) => {
          const product = isMatMul(call) ? products.get(call.inputs.b!.id) : undefined;
          if (product === undefined) return run(call);
          product.uses += 1;
          return product.layer.product(call.inputs.a!, product.z);
        },
        () => f(full),
      );
      for (const { key, uses } of products.values()) {
        if (uses !== 1) {
          throw new TypeError(
            `parameter ${key} enters ${uses} products of the function, 1 of the loss that gave the coordinates`,
          );
        }
      }
      return result;
    },
    lift(z) {
      const parts = partsOf(z);
      return mapTree(params, (_, __, key) => {
        const mine = parts.get(key)!;
        return layers.get(key)?.lift(mine) ?? clone(mine[0]!);
      });
    },
    dispose() {
      for (const layer of layers.values()) layer.dispose();
    },
  };
}

/** The product a·W of a restricted layer. */
interface Product {
  readonly key: string;
  readonly layer: ReducedLayer;
  readonly z: readonly Tensor[];
  uses: number;
}
