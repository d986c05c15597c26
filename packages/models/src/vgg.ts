import { maxPool, type Tensor, type Tensor4D } from "@tensorflow/tfjs-core";
import { z } from "zod";
import { activationNames, activations } from "./activations.js";
import { defineModel } from "./define.js";
import { conv, convSpecs, dense, denseSpecs, flattened, imageShape } from "./layers.js";

/**
 * A small network in the manner of VGG: stages of 3×3 convolutions that keep the size, each ended by
 * a 2×2 max pool, then two dense layers.
 *
 * Parameters `stage1.conv1.kernel`, `stage1.conv1.bias`, ..., `dense1.kernel`, ..., `dense2.bias`.
 *
 * @see Simonyan, Zisserman (2015), Very deep convolutional networks
 */
export const vgg = defineModel({
  name: "vgg",
  description: "stages of 3×3 convolutions and max pools, then two dense layers",
  options: z.object({
    channels: z
      .array(z.int().min(1))
      .min(1)
      .default([32, 64, 128])
      .describe("channels of the stages, e.g. 32,64,128"),
    convolutions: z.int().min(1).default(2).describe("convolutions in each stage"),
    width: z.int().min(1).default(128).describe("width of the hidden dense layer"),
    activation: z.enum(activationNames).default("relu").describe("activation function"),
  }),
  build({ inputShape, classes }, { channels, convolutions, width, activation }) {
    const [height, breadth, colours] = imageShape("vgg", inputShape);
    const side = (size: number) => Math.floor(size / 2 ** channels.length);
    if (side(height) < 1 || side(breadth) < 1) {
      throw new RangeError(
        `images of ${height} × ${breadth} cannot be halved ${channels.length} times`,
      );
    }
    const layers = channels.flatMap((outputs, stage) =>
      Array.from({ length: convolutions }, (_, index) => ({
        name: `stage${stage + 1}.conv${index + 1}`,
        inputs: index > 0 ? outputs : stage > 0 ? channels[stage - 1]! : colours,
        outputs,
        endsStage: index === convolutions - 1,
      })),
    );
    const phi = activations[activation];
    return {
      parameters: [
        ...layers.flatMap(({ name, inputs, outputs }) => convSpecs(name, inputs, outputs)),
        ...denseSpecs("dense1", side(height) * side(breadth) * channels.at(-1)!, width),
        ...denseSpecs("dense2", width, classes),
      ],
      apply(params, x) {
        const features = layers.reduce((input: Tensor, { name, endsStage }) => {
          const y = phi(conv(params, name, input, { padding: "around" }));
          return endsStage ? maxPool(y as Tensor4D, 2, 2, "valid") : y;
        }, x);
        return dense(params, "dense2", phi(dense(params, "dense1", flattened(features))));
      },
    };
  },
});
