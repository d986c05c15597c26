import { cifar10, type Dataset, oneHot } from "@eoss/data/node";
import { disposeTree, flatten, linearize, mse } from "@eoss/hvp";
import type { Model, Params } from "@eoss/models";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { backends, useBackend } from "./backends.js";
import { norm, relativeError } from "./closeness.js";
import { deterministicParams } from "./deterministicParams.js";
import { full } from "./forms.js";
import { cnn, resnet10 } from "./imageNetworks.js";
import { cifarDir, golden, hasShared } from "./shared.js";
import { topEigenvalue } from "./topEigenvalue.js";

/** The references' own statement for float32 on networks of this size. */
const TOLERANCE = 1e-4;
const EIGENVALUE_TOLERANCE = 1e-3;
const PIXELS = 3072;
/** A dozen products of a larger batch would take a minute. */
const SMALL_BATCH = 16;

/** One product on cpu would take minutes. */
const fast = backends.filter((name) => name !== "cpu");

/** Of the references' batches the smaller. */
const cases = [
  { name: "cnn_mse", network: cnn, batches: full ? [0, 1] : [0] },
  { name: "resnet10_mse", network: resnet10, batches: full ? [0, 2] : [0] },
].flatMap(({ name, network, batches }) => batches.map((batch) => ({ name, network, batch })));

describe.runIf(hasShared).each(fast)("large convolutional references on %s", (backend) => {
  let dataset: Dataset;

  beforeAll(async () => {
    await useBackend(backend);
    dataset = await cifar10({ dataDir: cifarDir });
  });

  it.each(cases)("$name, batch $batch", ({ name, network, batch }) => {
    const file = golden(name);
    const reference = file.batches[batch];
    const { first, n } = reference;
    const before = tf.memory().numTensors;
    const params = deterministicParams(describeParameters(file.tensors), file.seedBase);
    const x = tf.tensor(dataset.images.slice(first * PIXELS, (first + n) * PIXELS), [n, 32, 32, 3]);
    const y = tf.tensor2d(oneHot(dataset.labels.slice(first, first + n), 10), [n, 10]);

    const linearization = linearize((p) => mse(network(p, x), y), params);
    const size = norm(flat(linearization.gradient));
    const v = tf.tidy(() => mapValues(linearization.gradient, (g) => tf.mul(g, 1 / size)));
    const product = linearization.hvp(v);
    const vHv = dot(flat(v), flat(product));

    const errors = {
      loss: relativeError(linearization.loss.dataSync(), [reference.loss]),
      gradient: errorOf(linearization.gradient, reference, "grad"),
      Hv: errorOf(product, reference, "Hv"),
      vHv: relativeError([vHv], [reference.vHv]),
    };
    const figures = Object.entries(errors).map(([what, e]) => `${what} ${e.toExponential(1)}`);
    console.log(`${name}, ${n} samples, ${backend}: ${figures.join(", ")}`);
    for (const [what, error] of Object.entries(errors)) {
      expect(error, what).toBeLessThan(TOLERANCE);
    }
    if (n <= SMALL_BATCH) {
      const lambdaMax = topEigenvalue(linearization, params);
      expect(Math.abs(lambdaMax / reference.lambdaMax - 1)).toBeLessThan(EIGENVALUE_TOLERANCE);
    }
    for (const tree of [product, v, params]) disposeTree(tree);
    linearization.dispose();
    tf.dispose([x, y]);
    expect(tf.memory().numTensors).toBe(before);
  });
});

/** Norms of the whole vector and of each tensor, and the first 16 entries of each tensor. */
function errorOf(tree: Params, reference: Record<string, number[]>, what: "grad" | "Hv"): number {
  const parts = Object.values(tree).map((t) => t.dataSync());
  const whole = what === "grad" ? reference.gradNorm : reference.HvNorm;
  const firsts = reference[`${what}First16PerTensor`] as unknown as number[][];
  return Math.max(
    relativeError([norm(flat(tree))], [whole as unknown as number]),
    relativeError(parts.map(norm), reference[`${what}NormPerTensor`]!),
    relativeError(
      parts.flatMap((part) => [...part.subarray(0, 16)]),
      firsts.flat(),
    ),
  );
}

/** Shapes with the fan-in that the references define; a bias has that of its kernel. */
function describeParameters(tensors: ReadonlyArray<{ name: string; shape: number[] }>): Model {
  const inputs = (shape: readonly number[]) =>
    shape.slice(0, -1).reduce((product, n) => product * n, 1);
  const parameters = tensors.map(({ name, shape }) => {
    const kernel = tensors.find((t) => t.name === name.replace(/bias$/, "kernel"))!;
    return { name, shape, fanIn: inputs(kernel.shape) };
  });
  return { parameters } as unknown as Model;
}

function mapValues(tree: Params, map: (t: tf.Tensor) => tf.Tensor): Params {
  return Object.fromEntries(Object.entries(tree).map(([name, t]) => [name, map(t)]));
}

function flat(tree: Params): Float64Array {
  const size = Object.values(tree).reduce((sum, t) => sum + t.size, 0);
  return flatten(tree, new Float64Array(size));
}

const dot = (a: Float64Array, b: Float64Array) => a.reduce((sum, x, i) => sum + x * b[i]!, 0);
