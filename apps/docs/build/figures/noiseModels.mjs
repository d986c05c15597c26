import { disposeTree, mse } from "@eoss/hvp";
import { diagonal, directional, isotropic } from "@eoss/noise";
import { stream } from "@eoss/rng";
import { independentBatches } from "@eoss/sgd";
import * as Plot from "@observablehq/plot";
import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { colors, figure } from "./plot.mjs";

const SAMPLES = 64;
const BATCH = 4;
const DRAWS = 300;
const REACH = 1.6;

/** A line fitted to points: two parameters, so that the noise of a gradient is a cloud in the plane. */
function regression() {
  const noise = stream(7, "data");
  const x = Array.from({ length: SAMPLES }, (_, i) => [noise.normalAt(i), 0]);
  for (const [i, row] of x.entries()) row[1] = 0.8 * row[0] + 0.35 * noise.normalAt(SAMPLES + i);
  const y = x.map(([u, v], i) => [u - v + 0.5 * noise.normalAt(2 * SAMPLES + i)]);
  const rows = (values, indices) => tf.tensor2d(Array.from(indices, (i) => values[i]));
  return {
    samples: SAMPLES,
    head: mse,
    params: { w: tf.tensor2d([[0.6], [-0.8]]) },
    outputsOf:
      (indices) =>
      ({ w }) =>
        tf.matMul(rows(x, indices), w),
    targetsOf: (indices) => rows(y, indices),
    /** Gradient of the mean loss of some samples, from its closed form. */
    gradient: (indices) => {
      const sum = [0, 0];
      for (const i of indices) {
        const residual = 0.6 * x[i][0] - 0.8 * x[i][1] - y[i][0];
        for (const k of [0, 1]) sum[k] += (2 * residual * x[i][k]) / indices.length;
      }
      return sum;
    },
  };
}

/** Gradients of one moment: of batches, and of the full batch with three kinds of noise. */
export async function noiseModels() {
  await tf.setBackend("cpu");
  const problem = regression();
  const whole = problem.gradient(Array.from({ length: SAMPLES }, (_, i) => i));
  const batches = independentBatches(SAMPLES, BATCH, stream(1, "data-order"));
  const settings = { stream: stream(2, "noise"), batchSize: BATCH, learningRate: 0.1 };
  const noisy = (noise, options) => (step, before) => {
    const own = { ...settings, ...options, step, state: before };
    const { gradient, state } = noise.gradient(problem, own);
    const drawn = [...gradient.w.dataSync()];
    disposeTree(gradient);
    return { drawn, state };
  };
  const kept = { refreshEvery: DRAWS }; // the parameters stay where they are
  const kinds = [
    ["mini-batches", "ink", (step) => ({ drawn: problem.gradient(batches.at(step)) })],
    ["directional", "minibs", noisy(directional)],
    ["diagonal", "fullbs", noisy(diagonal, kept)],
    ["isotropic", "batchSharpness", noisy(isotropic, kept)],
  ];
  const clouds = kinds.map(([name, color, draw]) => {
    let state;
    const points = Array.from({ length: DRAWS }, (_, step) => {
      const made = draw(step, state);
      state = made.state;
      return made.drawn.map((g, k) => g - whole[k]);
    });
    const square = points.reduce((sum, [u, v]) => sum + (u * u + v * v) / DRAWS, 0);
    return { name, color, points, square };
  });
  disposeTree(problem.params);
  return figure({
    label:
      "Four clouds of gradient noise in the plane: mini-batches and directional noise are stretched along the " +
      "same diagonal; diagonal noise is stretched along an axis at most; isotropic noise is round.",
    caption:
      `The noise of ${DRAWS} gradients with two parameters, n = ${SAMPLES}, b = ${BATCH}: all four have the same ` +
      `expected square (measured: ${clouds.map(({ name, square }) => `${name} ${square.toFixed(2)}`).join(", ")}), ` +
      "and only the second has the directions of the first too.",
    plots: clouds.map(panel),
  });
}

function panel({ name, color, points }) {
  const axis = { domain: [-REACH, REACH], axis: null };
  return {
    width: 300,
    height: 320,
    marginLeft: 10,
    marginTop: 34,
    marginBottom: 6,
    marginRight: 10,
    x: axis,
    y: axis,
    marks: [
      Plot.ruleX([0], { stroke: colors.grid }),
      Plot.ruleY([0], { stroke: colors.grid }),
      Plot.dot(points, { r: 2, fill: colors[color], fillOpacity: 0.5, clip: true }),
      Plot.text([name], { frameAnchor: "top", dy: -22, fontSize: 16, fill: colors.ink }),
    ],
  };
}
