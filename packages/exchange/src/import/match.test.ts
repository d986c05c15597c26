import type { Network } from "@eoss/lab";
import { describe, expect, it } from "vitest";
import { placer, shapeHere } from "./layout.js";
import { match } from "./match.js";

type Shapes = Readonly<Record<string, readonly number[]>>;

const network = (shapes: Shapes, inputShape: readonly number[] = [8, 8, 1]): Network => ({
  name: "mlp",
  inputShape,
  parameters: Object.entries(shapes).map(([name, shape]) => ({
    name,
    shape,
    role: "kernel",
    fanIn: 1,
  })),
});
const tensors = (shapes: Shapes) =>
  new Map(
    Object.entries(shapes).map(([name, shape]) => [name, { shape, values: new Float32Array(0) }]),
  );
const names = (own: Shapes, theirs: Shapes, layout: "torch" | "tf" = "torch") =>
  match(network(own), tensors(theirs), layout).map(([, name]) => name);

const three = {
  "dense1.kernel": [4, 4],
  "dense1.bias": [4],
  "dense2.kernel": [4, 4],
  "dense2.bias": [4],
  "dense3.kernel": [4, 2],
  "dense3.bias": [2],
};

describe("match", () => {
  it("takes layers of the same shapes in the order of their numbers, not of the alphabet", () => {
    const theirs = {
      "net.10.bias": [4],
      "net.10.weight": [4, 4],
      "net.9.weight": [4, 4],
      "net.9.bias": [4],
      "head.weight": [2, 4],
      "head.bias": [2],
    };
    expect(names(three, theirs)).toEqual([
      "net.9.weight",
      "net.9.bias",
      "net.10.weight",
      "net.10.bias",
      "head.weight",
      "head.bias",
    ]);
  });

  it("knows the numbers of Keras, whose first layer has none", () => {
    const own = { "dense1.kernel": [4, 4], "dense2.kernel": [4, 4] };
    const theirs = { "dense_1/kernel:0": [4, 4], "dense/kernel:0": [4, 4] };
    expect(names(own, theirs, "tf")).toEqual(["dense/kernel:0", "dense_1/kernel:0"]);
  });

  it("keeps kernel and bias of a layer together", () => {
    const own = {
      "dense1.kernel": [8, 4],
      "dense1.bias": [4],
      "dense2.kernel": [4, 4],
      "dense2.bias": [4],
    };
    // Numbered against the order of the network: shapes decide, for the bias too.
    const theirs = { "2.weight": [4, 8], "2.bias": [4], "1.weight": [4, 4], "1.bias": [4] };
    expect(names(own, theirs)).toEqual(["2.weight", "2.bias", "1.weight", "1.bias"]);
  });

  it("does not guess", () => {
    const own = { "dense1.kernel": [4, 4], "dense2.kernel": [4, 4] };
    expect(() => names(own, { "encoder.weight": [4, 4], "decoder.weight": [4, 4] })).toThrow(
      /encoder, decoder all have kernel \[4,4\], and their names do not give their order/,
    );
    expect(() => names(own, { W1: [4, 4], W2: [4, 4] })).toThrow(/the role of W1 is unknown/);
  });
});

describe("kernels of PyTorch", () => {
  it("have their axes turned, and the inputs of the first dense layer behind images", () => {
    // One convolution 3×3 from 2 to 2 channels, flattened to 2 channels × 3 positions, 1 output.
    const place = placer(network({}, [4, 5, 2]), "torch");
    const convolution = {
      shape: [2, 2, 3, 3],
      values: Float32Array.from({ length: 36 }, (_, i) => i),
    };
    expect(shapeHere(convolution.shape, "torch")).toEqual([3, 3, 2, 2]);
    const { values, done } = place(convolution);
    expect(done).toBe("OIHW to HWIO");
    // [y 1, x 2, in 1, out 0] is [out 0, in 1, y 1, x 2].
    expect(values[1 * 12 + 2 * 4 + 1 * 2 + 0]).toBe(0 * 18 + 1 * 9 + 1 * 3 + 2);
    const dense = place({ shape: [1, 6], values: Float32Array.of(10, 11, 12, 20, 21, 22) });
    expect([...dense.values]).toEqual([10, 20, 11, 21, 12, 22]);
    expect(dense.done).toContain("from [channel 2, position 3] to [position, channel]");
    const last = place({ shape: [2, 3], values: Float32Array.of(1, 2, 3, 4, 5, 6) });
    expect([...last.values]).toEqual([1, 4, 2, 5, 3, 6]);
    expect(last.done).toBe("transposed");
  });
});
