import { linearize, mse } from "@eoss/hvp";
import { installKernels } from "@eoss/kernels";
import { stream } from "@eoss/rng";
import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { useBackend } from "../backends.fixture.js";

/** A network with everything that the kernels are for; its kinks are far from where it is looked at. */
function network(p: Record<string, tf.Tensor>, x: tf.Tensor4D): tf.Tensor {
  const conv = (y: tf.Tensor, w: tf.Tensor, stride: number) =>
    tf.tanh(tf.conv2d(y as tf.Tensor4D, w as tf.Tensor4D, stride, "same"));
  const pixels = tf.maxPool(conv(x, p.first!, 1) as tf.Tensor4D, 3, 1, "same");
  const images = conv(pixels, p.second!, 2);
  const pooled = tf.mean(images, [1, 2]);
  return tf.add(tf.matMul(pooled, p.dense!), p.bias!);
}

const shapes = { first: [3, 3, 3, 6], second: [3, 3, 6, 8], dense: [8, 4], bias: [4] };

/** Loss, gradient and product, in one list each. */
function results() {
  const draw = (shape: number[], name: string) =>
    tf.tensor(
      Float32Array.from(stream(0, name).normals(tf.util.sizeFromShape(shape)), (z) => z / 3),
      shape,
    );
  const params = Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => [name, draw(shape, name)]),
  );
  const v = Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => [name, draw(shape, `${name} of v`)]),
  );
  const x = draw([5, 9, 8, 3], "x") as tf.Tensor4D;
  const y = draw([5, 4], "y") as tf.Tensor2D;
  const linearization = linearize((p: typeof params) => mse(network(p, x), y), params);
  const product = linearization.hvp(v);
  const list = (tree: Record<string, tf.Tensor>) =>
    Object.values(tree).flatMap((t) => [...t.dataSync()]);
  const made = {
    loss: [...linearization.loss.dataSync()],
    gradient: list(linearization.gradient),
    product: list(product),
  };
  linearization.dispose();
  tf.dispose([params, v, x, y, product]);
  return made;
}

it("products by the kernels of @eoss/kernels are those of the cpu backend", async () => {
  await useBackend("cpu");
  const expected = results();
  await useBackend("wasm");
  const stock = results();
  const installed = (await installKernels())!;
  const calls = new Set<string>();
  for (const name of installed.names) {
    const config = tf.getKernel(name, "wasm");
    const { kernelFunc } = config;
    config.kernelFunc = (args) => {
      calls.add(name);
      return kernelFunc(args);
    };
  }
  const actual = results();
  installed.restore();
  expect([...calls].sort()).toEqual([...installed.names].sort());
  expect(results()).toEqual(stock);
  for (const name of ["loss", "gradient", "product"] as const) {
    const [a, b] = [actual[name], expected[name]];
    expect(a.length).toBe(b.length);
    const difference = Math.hypot(...a.map((z, i) => z - b[i]!));
    expect(difference / Math.hypot(...b), name).toBeLessThan(2e-6);
  }
});
