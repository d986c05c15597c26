import {
  add,
  type backend_util,
  elu,
  leakyRelu,
  matMul,
  prelu,
  relu,
  relu6,
  sigmoid,
  type Tensor,
} from "@tensorflow/tfjs-core";
import { UnverifiedOpError } from "../errors.js";
import { callKernel } from "./convolution.js";
import type { Attributes, Decomposition } from "./rule.js";

type Inputs = Readonly<Record<string, Tensor>>;

/** activation(op(A)·op(B) + bias). */
export const fusedMatMulDecomposition: Decomposition = {
  kernelName: "_FusedMatMul",
  decompose: (inputs, attrs) =>
    finish(
      matMul(inputs.a!, inputs.b!, attrs.transposeA as boolean, attrs.transposeB as boolean),
      inputs,
      attrs,
    ),
};

/** activation(conv(x, filter) + bias). */
export const fusedConv2dDecomposition: Decomposition = {
  kernelName: "FusedConv2D",
  decompose: ({ x, filter, ...inputs }, attrs) =>
    finish(callKernel("Conv2D", { x: x!, filter: filter! }, geometry(attrs)), inputs, attrs),
};

/** activation(depthwise conv(x, filter) + bias). */
export const fusedDepthwiseDecomposition: Decomposition = {
  kernelName: "FusedDepthwiseConv2D",
  decompose: ({ x, filter, ...inputs }, attrs) =>
    finish(
      callKernel("DepthwiseConv2dNative", { x: x!, filter: filter! }, geometry(attrs)),
      inputs,
      attrs,
    ),
};

function geometry(attrs: Attributes): Attributes {
  const { activation: _, leakyreluAlpha: __, ...rest } = attrs;
  return rest;
}

function finish(y: Tensor, inputs: Inputs, attrs: Attributes): Tensor {
  const shifted = inputs.bias ? add(y, inputs.bias) : y;
  const activation = (attrs.activation as backend_util.Activation | undefined) ?? "linear";
  switch (activation) {
    case "linear":
      return shifted;
    case "relu":
      return relu(shifted);
    case "relu6":
      return relu6(shifted);
    case "elu":
      return elu(shifted);
    case "sigmoid":
      return sigmoid(shifted);
    case "leakyrelu":
      return leakyRelu(shifted, attrs.leakyreluAlpha as number);
    case "prelu":
      return prelu(shifted, inputs.preluActivationWeights!);
    default:
      throw new UnverifiedOpError(`fused activation ${activation}`, "");
  }
}
