import { formatReport, UnverifiedOpError, verify } from "@eoss/hvp";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, describe, expect, it } from "vitest";
import "../backend.fixture.js";
import { randomNet } from "./randomNets.fixture.js";

/** In the long form, EOSS_LONG=1, 2,000 networks. */
const CHUNK = process.env.EOSS_LONG ? 100 : 30;
const CHUNKS = process.env.EOSS_LONG ? 20 : 1;
const FIRST = Number(process.env.EOSS_FIRST ?? 1);

/** A saturated loss, which does not move in single precision. */
const KNOWN = [40056];

/** Whether tfjs can run it: layers pass masks on to shapes that they do not fit (Softmax after Flatten). */
function runs(loss: () => tf.Tensor): boolean {
  try {
    loss().dispose();
    return true;
  } catch {
    return false;
  }
}

/** What is allowed to be undecided. */
const UNDECIDED = 0.1;

describe("random networks of tf.layers, rightly differentiated, are not accused", () => {
  const counts = { agrees: 0, undecided: 0, disagrees: 0, refused: 0, broken: 0 };
  const chunks = Array.from({ length: CHUNKS }, (_, k) => FIRST + k * CHUNK);

  it.each(chunks)(`${CHUNK} of them from seed %i on`, { timeout: 600_000 }, (first) => {
    const alarms: string[] = [];
    for (let seed = first; seed < first + CHUNK; seed++) {
      const { name, params, loss, dispose } = randomNet(seed);
      try {
        const report = verify(loss, params);
        counts[report.verdict] += 1;
        if (report.verdict === "disagrees") alarms.push(`${name}\n${formatReport(report)}`);
      } catch (error) {
        // Said, not silent: no alarm about a derivative.
        if (error instanceof UnverifiedOpError) counts.refused += 1;
        else if (!runs(() => loss(params))) counts.broken += 1;
        else throw new Error(`${name}: ${error}`);
      } finally {
        dispose();
      }
    }
    expect(alarms.join("\n\n")).toBe("");
  });

  it.each(KNOWN)("one that used to be: seed %i", (seed) => {
    const { params, loss, dispose } = randomNet(seed);
    const report = verify(loss, params);
    expect(report.verdict, formatReport(report)).not.toBe("disagrees");
    dispose();
  });

  afterAll(() => {
    console.log(counts);
    const total = CHUNK * CHUNKS;
    expect(counts.undecided + counts.refused + counts.broken).toBeLessThan(UNDECIDED * total);
  });
});

const POINT = [0.3, -0.6, 0.9, -0.2, 0.05, 0.7];
const x = tf.tensor1d(POINT);
const tiny = tf.tensor1d([3e-21, -6e-21, 9e-21]);
const zero = tf.tensor1d([0, 0, 0]);

/** Losses on which differences have a hard time; and whether they must come to a result. */
const hard: [string, tf.Tensor, (x: tf.Tensor) => tf.Tensor, ("agrees" | "undecided")?][] = [
  ["bends finer than most steps", x, (x) => tf.sum(tf.sin(tf.mul(x, 3000))), "undecided"],
  ["bends at 100 per unit", x, (x) => tf.sum(tf.sin(tf.mul(x, 100)))],
  ["grows steeply", x, (x) => tf.sum(tf.exp(tf.mul(x, 20))), "agrees"],
  ["tiny parameters", tiny, (x) => tf.sum(tf.sin(tf.mul(x, 1e20))), "agrees"],
  ["tiny values", x, (x) => tf.mul(tf.sum(tf.sin(x)), 1e-20), "agrees"],
  ["huge values", x, (x) => tf.mul(tf.sum(tf.sin(x)), 1e20), "agrees"],
  ["cancellation", x, (x) => tf.sum(tf.square(tf.sub(tf.add(x, 1000), 1000))), "agrees"],
  ["a large constant", x, (x) => tf.add(tf.sum(tf.square(x)), 1e6), "undecided"],
  ["linear", x, (x) => tf.sum(tf.mul(x, 3)), "agrees"],
  ["stationary", x, (x) => tf.sum(tf.square(tf.sub(x, POINT))), "agrees"],
  ["kinks at the point", zero, (x) => tf.sum(tf.add(tf.relu(x), tf.abs(x))), "agrees"],
  ["ties", zero, (x) => tf.max(tf.add(x, tf.square(x))), "agrees"],
  ["ties by another way", x, (x) => tf.sum(tf.maximum(x, tf.sub(tf.mul(x, 2), x)))],
  ["the ends of a clip", tf.ones([3]), (x) => tf.sum(tf.square(tf.clipByValue(x, 0, 1))), "agrees"],
  ["steps", x, (x) => tf.sum(tf.mul(tf.floor(tf.mul(x, 3)), x)), "agrees"],
  [
    "integers",
    x,
    (x) => tf.sum(tf.mul(tf.cast(tf.cast(tf.mul(x, 5), "int32"), "float32"), x)),
    "agrees",
  ],
  ["a remainder, of kinks unknown", x, (x) => tf.sum(tf.square(tf.mod(x, 0.3)))],
  ["not finite at the point", zero, (x) => tf.sum(tf.sqrt(x)), "undecided"],
  ["not finite nearby", x, (x) => tf.sum(tf.log(tf.add(x, 0.6001)))],
];

describe("losses that differences find hard, rightly differentiated", () => {
  it.each(hard)("%s", (_, at, loss, verdict) => {
    const report = verify(([p]: readonly tf.Tensor[]) => loss(p!), [at]);
    if (verdict) expect(report.verdict, formatReport(report)).toBe(verdict);
    else expect(report.verdict, formatReport(report)).not.toBe("disagrees");
    if (report.verdict === "undecided") expect(formatReport(report)).toMatch(/\n\? \w/);
  });
});
