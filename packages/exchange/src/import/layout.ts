import { permuted } from "@eoss/data/formats";
import type { Network } from "@eoss/lab";
import type { GivenTensor } from "./weightsFile.js";

/**
 * How a file holds kernels.
 *
 * - `tf`: as here, dense [in, out] and convolutions [height, width, in, out]
 * - `torch`: dense [out, in] and convolutions [out, in, height, width], and images are flattened with
 *   the channel first
 */
export type Layout = "tf" | "torch";

export const layouts: readonly Layout[] = ["tf", "torch"];

/** Networks whose counterpart in PyTorch is plain: what is dense in them, and where images are flattened. */
export const TORCH_MODELS: readonly string[] = ["linear", "mlp", "mlp-l", "cnn", "vgg", "resnet10"];

/** The shape here of a tensor that has another one in the file. */
export function shapeHere(shape: readonly number[], layout: Layout): readonly number[] {
  if (layout === "tf") return shape;
  const [out, inputs, ...rest] = shape;
  return shape.length < 2 ? shape : [...rest, inputs!, out!];
}

export interface Placed {
  readonly values: Float32Array;
  /** What was done with the tensor; empty if it was taken as it is. */
  readonly done: string;
}

/**
 * Brings kernels of a file into the order that they have here. A dense layer behind images of several
 * channels has its inputs in the order of their flattening: [channel, position] in PyTorch,
 * [position, channel] here.
 *
 * @returns a function to be called for each parameter of the network, in its order
 */
export function placer({ inputShape }: Network, layout: Layout) {
  let channels = inputShape.length === 3 ? inputShape[2]! : 1;
  return ({ shape, values }: GivenTensor): Placed => {
    if (layout === "tf" || shape.length < 2) return { values, done: "" };
    const [out, inputs] = shape as [number, number];
    if (shape.length === 4) {
      channels = out;
      return { values: permuted(values, shape, [2, 3, 1, 0]), done: "OIHW to HWIO" };
    }
    const positions = inputs / channels;
    const flattens = channels > 1 && positions > 1 && Number.isInteger(positions);
    const split = flattens ? [out, channels, positions] : [out, 1, inputs];
    channels = 1;
    return {
      values: permuted(values, split, [2, 1, 0]),
      done: flattens
        ? `transposed, inputs from [channel ${split[1]}, position ${positions}] to [position, channel]`
        : "transposed",
    };
  };
}
