/** Dense layers of `tf.layers` as plain products of matrices. */

import { reshape, type Tensor } from "@tensorflow/tfjs-core";
import { decompositionOf } from "../rules/registry.js";
import { constant, currentRecorder } from "../tape/constant.js";
import { intercept } from "../tape/intercept.js";
import { share } from "../tape/share.js";

/**
 * Runs `body` with fused products of two matrices, as dense layers of `tf.layers` have them, as plain
 * ones. tfjs gives the matrices a leading axis of one, and takes it off the result again: without
 * that, a layer is on record as the product a·W of its weights themselves.
 */
export function withPlainProducts<T>(body: () => T): T {
  /** The matrix of which a tensor is a reshape with a leading axis, by the tensor's id. */
  const matrices = new Map<number, Tensor>();
  const matrixOf = (x: Tensor) => {
    const matrix = matrices.get(x.id);
    return matrix?.isDisposed ? undefined : matrix;
  };
  return intercept((call, run) => {
    const { kernelName, inputs, attrs = {} } = call;
    if (kernelName === "Reshape") {
      const x = inputs.x!;
      const matrix = matrixOf(x);
      if (matrix?.shape.join() === String(attrs.shape)) {
        const same = constant(() => share(matrix!));
        currentRecorder()?.standIn(same, matrix!);
        return same;
      }
      const output = run(call) as Tensor;
      if (x.rank === 2 && output.shape.join() === [1, ...x.shape].join()) {
        matrices.set(output.id, x);
      }
      return output;
    }
    if (kernelName !== "_FusedMatMul") return run(call);
    const [a, b] = [matrixOf(inputs.a!), matrixOf(inputs.b!)];
    const others = [inputs.bias, inputs.preluActivationWeights];
    if (!a || !b || others.some((x) => x && x.rank > 2)) return run(call);
    const y = decompositionOf(kernelName)?.decompose({ ...inputs, a, b }, attrs);
    return y ? reshape(y as Tensor, [1, ...(y as Tensor).shape]) : run(call);
  }, body);
}
