import { disposeState, optimizerByName, type Params } from "@eoss/sgd";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { backends, useBackend } from "../../../hvp/src/backends.fixture.js";
import file from "../../test/pytorchLong.json" with { type: "json" };
import { valuesOf } from "../../test/references.js";

/** Single precision against double over fifty steps; the largest measured is printed. */
const TOLERANCE = 1e-6;

type Values = Readonly<Record<string, readonly number[]>>;
const shapes: Readonly<Record<string, number[]>> = file.shapes;

function tensorsOf(values: Values): Params {
  return Object.fromEntries(
    Object.entries(values).map(([name, entries]) => [
      name,
      tf.tensor(Float32Array.from(entries), shapes[name]!),
    ]),
  );
}

/** Of c/2·θ² + θ⁴/4 with c = 0.5: the loss of sam, whose gradient is taken at two places. */
const gradientOfLoss = (params: Params): Params =>
  Object.fromEntries(
    Object.entries(params).map(([name, x]) => [
      name,
      tf.tidy(() => tf.add(tf.mul(x, 0.5), tf.mul(x, tf.square(x)))),
    ]),
  );

/** The largest ‖θ − θ*‖ / ‖θ*‖ at the steps that were kept. */
function errorOf(
  { optimizer: name, options, params }: (typeof file.cases)[number],
  changed: Readonly<Record<string, unknown>> = {},
): number {
  const optimizer = optimizerByName(name);
  const given = { ...options, ...changed, learningRate: file.learningRate } as never;
  let state = optimizer.init(tensorsOf(file.initial));
  let worst = 0;
  for (const values of file.gradients) {
    let gradient = name === "sam" ? gradientOfLoss(state.params) : tensorsOf(values);
    const ahead = optimizer.lookAhead(gradient, state, given);
    if (ahead) {
      tf.dispose(gradient as tf.NamedTensorMap);
      gradient = gradientOfLoss(ahead);
      tf.dispose(ahead as tf.NamedTensorMap);
    }
    state = optimizer.step(gradient, state, given);
    tf.dispose(gradient as tf.NamedTensorMap);
    const kept = (params as Record<string, Values>)[state.step];
    if (kept === undefined) continue;
    const flat = (tree: Values) => Object.values(tree).flat();
    const difference = valuesOf(state.params).map((x, i) => x - flat(kept)[i]!);
    worst = Math.max(worst, Math.hypot(...difference) / Math.hypot(...flat(kept)));
  }
  disposeState(state);
  return worst;
}

const titled = file.cases.map((reference) => ({
  reference,
  title: `${reference.optimizer} ${JSON.stringify(reference.options)}`,
}));

describe.each(backends)("over fifty steps against PyTorch in float64, on %s", (backend) => {
  const worst: Record<string, string> = {};
  beforeAll(() => useBackend(backend));
  afterAll(() => console.log(backend, worst));

  it.each(titled)("$title", ({ reference, title }) => {
    const error = errorOf(reference);
    worst[title] = error.toExponential(1);
    expect(error).toBeLessThan(TOLERANCE);
  });
});

describe("a wrong option is seen", () => {
  beforeAll(() => useBackend("cpu"));

  it.each([
    ["sign-descent", { momentum: 0.7 }],
    ["muon", { iterations: 4 }],
    ["muon", { momentum: 0.9 }],
    ["muon", { weightDecay: 0.01 }],
    ["spectral-descent", { momentum: 0.1 }],
    ["sam", { rho: 0.06 }],
    ["sgd", { clip: 0.51 }],
    ["adam", { decay: "coupled" }],
  ] as const)("%s with %o", (name, changed) => {
    const first = file.cases.find(({ optimizer }) => optimizer === name)!;
    expect(errorOf(first, changed)).toBeGreaterThan(100 * TOLERANCE);
  });
});
