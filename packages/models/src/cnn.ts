import { maxPool, type Tensor, type Tensor4D } from "@tensorflow/tfjs-core";
import { z } from "zod";
import { activationNames, activations } from "./activations.js";
import { defineModel } from "./define.js";
import { conv, convSpecs, dense, denseSpecs, flattened, imageShape } from "./layers.js";

/**
 * The paper's five-layer convolutional network:
 *
 *   conv 3×3, φ; conv 3×3, φ; max pool 2×2; conv 3×3, φ; max pool 2×2; dense, φ; dense
 *
 * without padding: images must be at least 14 × 14 (or padded). Parameters `conv1.kernel`
 * [3, 3, in, out], `conv1.bias`, ..., `dense2.bias`.
 */
export const cnn = defineModel({
  name: "cnn",
  description: "the paper's convolutional network: three convolutions, two dense layers",
  options: z.object({
    channels: z
      .tuple([z.int().min(1), z.int().min(1), z.int().min(1)])
      .default([64, 64, 128])
      .describe("channels of the three convolutions"),
    width: z.int().min(1).default(512).describe("width of the hidden dense layer"),
    activation: z.enum(activationNames).default("relu").describe("activation function"),
    padding: z
      .enum(["valid", "same"])
      .default("valid")
      .describe("zero padding of the convolutions: none (the paper) or one pixel (small images)"),
  }),
  build({ inputShape, classes }, { channels, width, activation, padding }) {
    const [height, breadth, colours] = imageShape("cnn", inputShape);
    const lost = padding === "valid" ? 2 : 0;
    const after = (size: number) => Math.floor((Math.floor((size - 2 * lost) / 2) - lost) / 2);
    const features = after(height) * after(breadth) * channels[2];
    if (!(after(height) >= 1 && after(breadth) >= 1)) {
      throw new RangeError(
        `images of ${height} × ${breadth} are too small for cnn without padding; ` +
          'set padding to "same"',
      );
    }
    const inputs = [colours, ...channels];
    const phi = activations[activation];
    const edges = padding === "valid" ? "valid" : "around";
    const pool = (x: Tensor) => maxPool(x as Tensor4D, 2, 2, "valid");

    return {
      parameters: [
        ...channels.flatMap((outputs, index) =>
          convSpecs(`conv${index + 1}`, inputs[index]!, outputs),
        ),
        ...denseSpecs("dense1", features, width),
        ...denseSpecs("dense2", width, classes),
      ],
      apply(params, x) {
        const convolved = (name: string, input: Tensor) =>
          phi(conv(params, name, input, { padding: edges }));
        const first = pool(convolved("conv2", convolved("conv1", x)));
        const second = pool(convolved("conv3", first));
        return dense(params, "dense2", phi(dense(params, "dense1", flattened(second))));
      },
    };
  },
});
