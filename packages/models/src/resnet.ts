import { add, mean, pad, stridedSlice, type Tensor } from "@tensorflow/tfjs-core";
import { z } from "zod";
import { activationNames, activations } from "./activations.js";
import { defineModel, type Params } from "./define.js";
import { conv, convSpecs, dense, denseSpecs, imageShape, normalise, normSpecs } from "./layers.js";

/** A residual block: conv, φ, conv, + shortcut, φ. */
interface Block {
  readonly name: string;
  readonly inputs: number;
  readonly outputs: number;
  readonly stride: number;
}

/** Axes over which moments are taken, for images [b, height, width, channels]. */
const momentAxes = { batch: [0, 1, 2], layer: [1, 2, 3] } as const;

/**
 * Residual network for small images, by default the paper's ResNet-10: a stem of 16 channels and
 * three stages (16, 32, 64 channels) of two basic blocks, then the mean over positions and a dense
 * layer. Convolutions are 3×3 with one row and column of zeros on each side and no bias; the first
 * block of each further stage halves the image.
 *
 * Where a block changes the shape, the shortcut takes every second row and column and adds zero
 * channels, after the real ones or around them: it has no parameters.
 *
 * Batch norm uses the statistics of the batch at hand, in measurements too, and couples its samples:
 * the Hessian of a batch is then not the mean of the Hessians of its samples. Layer norm (over
 * height, width and channels of one sample) does not.
 *
 * @see He et al. (2016), Deep residual learning for image recognition, §4.2
 */
export const resnet10 = defineModel({
  name: "resnet10",
  description: "the paper's residual network, without normalisation unless asked for",
  options: z.object({
    channels: z
      .array(z.int().min(1))
      .min(1)
      .default([16, 32, 64])
      .describe("channels of the stages, e.g. 16,32,64"),
    blocks: z.int().min(1).default(2).describe("residual blocks in each stage"),
    normalization: z
      .enum(["none", "batch", "layer"])
      .default("none")
      .describe("after each convolution; batch couples the samples of a batch"),
    shortcut: z
      .enum(["after", "around"])
      .default("after")
      .describe("where shortcuts put zero channels: after the real ones or half on each side"),
    activation: z.enum(activationNames).default("relu").describe("activation function"),
  }),
  build({ inputShape, classes }, { channels, blocks, normalization, shortcut, activation }) {
    const [, , colours] = imageShape("resnet10", inputShape);
    const layout: Block[] = channels.flatMap((outputs, stage) =>
      Array.from({ length: blocks }, (_, index) => ({
        name: `stage${stage + 1}.block${index + 1}`,
        inputs: index === 0 && stage > 0 ? channels[stage - 1]! : outputs,
        outputs,
        stride: index === 0 && stage > 0 ? 2 : 1,
      })),
    );
    for (const { name, inputs, outputs } of layout) {
      if (outputs < inputs) {
        throw new RangeError(`${name}: channels must not become fewer (${inputs} to ${outputs})`);
      }
    }
    const phi = activations[activation];
    const convolution = (name: string, inputs: number, outputs: number) => [
      ...convSpecs(name, inputs, outputs, { bias: false }),
      ...(normalization === "none" ? [] : normSpecs(`${name}.norm`, outputs)),
    ];
    const convolved = (params: Params, name: string, x: Tensor, stride: number) => {
      const y = conv(params, name, x, { stride, padding: "around" });
      if (normalization === "none") return y;
      return normalise(params, `${name}.norm`, y, [...momentAxes[normalization]]);
    };
    const skip = (x: Tensor, { inputs, outputs, stride }: Block): Tensor => {
      const smaller = stride === 1 ? x : stridedSlice(x, [0, 0, 0, 0], x.shape, [1, 2, 2, 1]);
      const missing = outputs - inputs;
      if (missing === 0) return smaller;
      const before = shortcut === "after" ? 0 : Math.floor(missing / 2);
      return pad(smaller, [
        [0, 0],
        [0, 0],
        [0, 0],
        [before, missing - before],
      ]);
    };

    return {
      coupled: normalization === "batch",
      initialization: "kaiming-normal-fan-out",
      parameters: [
        ...convolution("stem", colours, channels[0]!),
        ...layout.flatMap(({ name, inputs, outputs }) => [
          ...convolution(`${name}.conv1`, inputs, outputs),
          ...convolution(`${name}.conv2`, outputs, outputs),
        ]),
        ...denseSpecs("head", channels.at(-1)!, classes),
      ],
      apply(params, x) {
        const stem = phi(convolved(params, "stem", x, 1));
        const last = layout.reduce((input, block) => {
          const hidden = phi(convolved(params, `${block.name}.conv1`, input, block.stride));
          const residual = convolved(params, `${block.name}.conv2`, hidden, 1);
          return phi(add(residual, skip(input, block)));
        }, stem);
        return dense(params, "head", mean(last, [1, 2]));
      },
    };
  },
});
