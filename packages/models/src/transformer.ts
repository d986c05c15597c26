import {
  add,
  cast,
  gather,
  matMul,
  mean,
  mul,
  reshape,
  softmax,
  type Tensor,
  type Tensor1D,
  tensor2d,
  transpose,
} from "@tensorflow/tfjs-core";
import { z } from "zod";
import { activationNames, activations } from "./activations.js";
import { defineModel, type ParameterSpec, type Params } from "./define.js";
import { dense, denseSpecs, normalise, normSpecs } from "./layers.js";

/**
 * Transformer with pre-norm blocks:
 *
 *   h ← h + attention(norm₁(h)),   h ← h + W₂·φ(W₁·norm₂(h)),   then a last norm and a dense head
 *
 * - **decoder**: inputs are tokens [b, time]; a position sees itself and those before it; outputs
 *   are the logits of the next token, [b, time, classes].
 * - **encoder**: inputs are tokens [b, time], vectors [b, time, features] or images (each row of
 *   pixels a position); every position sees all; the head takes the mean over positions, and outputs
 *   are [b, classes].
 *
 * Positions are learnt. Each sample is computed by itself.
 *
 * @see Vaswani et al. (2017), Attention is all you need; Xiong et al. (2020), On layer normalization
 */
export const transformer = defineModel({
  name: "transformer",
  description: "transformer: decoder for next tokens or encoder for classification",
  options: z.object({
    role: z
      .enum(["encoder", "decoder"])
      .default("encoder")
      .describe("decoder: next-token prediction; encoder: classification"),
    blocks: z.int().min(1).default(2).describe("number of blocks"),
    width: z.int().min(1).default(64).describe("features of a position; divisible by heads"),
    heads: z.int().min(1).default(4).describe("attention heads"),
    hidden: z.int().min(1).default(128).describe("width of the hidden layer of each block"),
    vocabulary: z
      .int()
      .min(1)
      .optional()
      .describe("number of tokens, where inputs are tokens (default: the number of classes)"),
    activation: z.enum(activationNames).default("gelu").describe("activation function"),
  }),
  build({ inputShape, classes }, { role, blocks, width, heads, hidden, activation, ...rest }) {
    if (width % heads !== 0) {
      throw new RangeError(`width ${width} is not divisible by heads ${heads}`);
    }
    const tokens = inputShape.length === 1;
    if (role === "decoder" && !tokens) {
      throw new RangeError(`a decoder takes tokens [time], not [${inputShape}]`);
    }
    const time = inputShape[0]!;
    const features = inputShape.slice(1).reduce((product, n) => product * n, 1);
    const { vocabulary = classes } = rest;
    const table = (name: string, rows: number): ParameterSpec => ({
      name,
      shape: [rows, width],
      role: "kernel",
      fanIn: width,
      fanOut: width,
    });
    const names = Array.from({ length: blocks }, (_, index) => `block${index + 1}`);
    const phi = activations[activation];

    const embedded = (params: Params, x: Tensor): Tensor => {
      const content = tokens
        ? gather(params["tokens.kernel"]!, cast(x, "int32") as Tensor1D)
        : dense(params, "embedding", reshape(x, [x.shape[0]!, time, features]));
      return add(content, params["positions.kernel"]!);
    };
    const attention = (params: Params, name: string, x: Tensor): Tensor => {
      const b = x.shape[0]!;
      const part = (which: string) => {
        const projected = dense(params, `${name}.${which}`, x);
        return transpose(reshape(projected, [b, time, heads, width / heads]), [0, 2, 1, 3]);
      };
      const scores = matMul(part("query"), part("key"), false, true);
      const scaled = mul(scores, 1 / Math.sqrt(width / heads));
      const weights = softmax(role === "decoder" ? add(scaled, causalMask(time)) : scaled);
      const merged = transpose(matMul(weights, part("value")), [0, 2, 1, 3]);
      return dense(params, `${name}.output`, reshape(merged, [b, time, width]));
    };

    return {
      parameters: [
        ...(tokens
          ? [table("tokens.kernel", vocabulary)]
          : denseSpecs("embedding", features, width)),
        table("positions.kernel", time),
        ...names.flatMap((name) => [
          ...normSpecs(`${name}.norm1`, width),
          ...["query", "key", "value", "output"].flatMap((part) =>
            denseSpecs(`${name}.${part}`, width, width),
          ),
          ...normSpecs(`${name}.norm2`, width),
          ...denseSpecs(`${name}.dense1`, width, hidden),
          ...denseSpecs(`${name}.dense2`, hidden, width),
        ]),
        ...normSpecs("norm", width),
        ...denseSpecs("head", width, classes),
      ],
      apply(params, x) {
        const last = names.reduce(
          (h, name) => {
            const seen = add(
              h,
              attention(params, name, normalise(params, `${name}.norm1`, h, [-1])),
            );
            const inner = dense(
              params,
              `${name}.dense1`,
              normalise(params, `${name}.norm2`, seen, [-1]),
            );
            return add(seen, dense(params, `${name}.dense2`, phi(inner)));
          },
          embedded(params, x),
        );
        const normal = normalise(params, "norm", last, [-1]);
        return dense(params, "head", role === "decoder" ? normal : mean(normal, 1));
      },
    };
  },
});

/** Added to the scores: 0 where a position may look, −1e9 (no weight at all) ahead of it. */
function causalMask(time: number): Tensor {
  const values = Float32Array.from({ length: time * time }, (_, index) =>
    index % time > Math.floor(index / time) ? -1e9 : 0,
  );
  return tensor2d(values, [time, time]);
}
