import { checkRule, type RuleCheck } from "@eoss/hvp/testing";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { useBackend } from "../backends.fixture.js";
import { evaluated } from "../tape/evaluated.js";
import { ruleCases } from "./cases/index.fixture.js";

/** Every so many of the cases, unless all are asked for: their rules are closed under differentiation. */
const STEP = process.env.EOSS_LONG ? 1 : process.env.EOSS_FULL ? 6 : 18;

/** The gradient of Σ c_k f_k + f_k² + f_k³ by tf.grads, as one vector: its Hessian has f's third derivatives. */
function gradientOf({ f, inputs }: RuleCheck): RuleCheck["f"] {
  const names = Object.keys(inputs);
  const loss = (...xs: tf.Tensor[]) => {
    const y = f(Object.fromEntries(names.map((name, k) => [name, xs[k]!])));
    const c = tf.reshape(tf.cos(tf.range(0, y.size)), y.shape);
    // An input without influence is refused by tf.grads.
    const all = tf.addN(xs.map((x) => tf.sum(x)));
    return tf.add(tf.sum(tf.mul(y, tf.add(c, tf.add(y, tf.square(y))))), all);
  };
  return (at) => {
    const slopes = tf.grads(loss)(names.map((name) => at[name]!));
    return tf.concat(slopes.map((slope) => tf.reshape(slope, [slope.size])));
  };
}

describe.each(Object.entries(ruleCases))("third derivatives: %s", (_, cases) => {
  beforeAll(() => useBackend("cpu"));

  it.each(cases.filter((_, index) => index % STEP === 0))("$name", (check) => {
    const f = gradientOf(check);
    const reference = (at: Record<string, tf.Tensor>) => evaluated(() => f(at));
    // Third derivatives may be small, or zero, beside the slopes that differences are taken of.
    const report = checkRule({ ...check, f, reference, tolerance: 2e-3 });
    expect(report.leaked).toBe(0);
  });
});
