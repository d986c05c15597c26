import { disposeTree, mse } from "@eoss/hvp";
import { sde } from "@eoss/noise";
import { stream } from "@eoss/rng";
import { withReplacement } from "@eoss/sgd";
import * as Plot from "@observablehq/plot";
import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { colors, figure } from "./plot.mjs";

const SAMPLES = 64;
const COORDINATES = 96;
const BATCH = 8;
const STEPS = 40;
const SUBSTEPS = 16;
const CURVATURE = 2; // of the mean of (θ − y)² in each coordinate
const RATES = [0.1, 0.3, 0.5, 0.7, 0.9]; // η; times the curvature, 2 is the edge

/**
 * The stationary variance of SGD and of its SDE in a quadratic well, many independent coordinates at once:
 * ℓ_i = Σ_c (θ_c − y_ic)², whose minimum is the mean of the samples.
 */
export async function sdeLimits() {
  await tf.setBackend("cpu");
  const noise = stream(11, "data");
  const y = Array.from({ length: SAMPLES }, (_, i) =>
    Array.from({ length: COORDINATES }, (_, c) => noise.normalAt(i * COORDINATES + c)),
  );
  const center = mean(y);
  const variance = mean(y.map((row) => row.map((value, c) => (value - center[c]) ** 2)));
  // Variance of a batch gradient over λ², its mean over coordinates: the unit of the figure.
  const unit = variance.reduce((sum, v) => sum + v, 0) / COORDINATES / BATCH;
  const points = RATES.map((rate) => ({
    x: rate * CURVATURE,
    sgd: spread(sgdPath(y, center, rate), center) / unit,
    sde: spread(sdePath(y, center, rate), center) / unit,
  }));
  return figure({
    label:
      "Stationary variance against η times λ. That of SGD bends upwards and diverges at 2; that of the SDE is " +
      "a straight line through 2.",
    caption:
      `A quadratic well with curvature λ, ${COORDINATES} coordinates, b = ${BATCH}: the variance around the minimum in ` +
      "units of that of the batch gradient over λ². Dots are simulated with batches and with the SDE " +
      `(Euler–Maruyama, ${SUBSTEPS} substeps a step); lines are the closed forms.`,
    legend: [
      ["minibs", "SGD: ηλ/(2 − ηλ)"],
      ["fullbs", "SDE: ηλ/2"],
    ],
    plots: [
      {
        x: { label: "ηλ →", labelArrow: "none", labelOffset: 42, domain: [0, 2.1] },
        y: { label: "variance", labelArrow: "none", domain: [0, 12] },
        marks: [
          Plot.ruleX([2], { stroke: colors.ink, strokeDasharray: "2 4", strokeWidth: 1.5 }),
          Plot.text([2], {
            x: (x) => x,
            text: () => "edge",
            frameAnchor: "top",
            dx: -20,
            fill: colors.ink,
          }),
          curveOf((x) => x / (2 - x), "minibs"),
          curveOf((x) => x / 2, "fullbs", "7 5"),
          Plot.dot(points, { x: "x", y: "sgd", r: 4.5, fill: colors.minibs }),
          Plot.dot(points, { x: "x", y: "sde", r: 4.5, symbol: "square", fill: colors.fullbs }),
        ],
      },
    ],
  });
}

function curveOf(formula, color, dash) {
  const xs = Array.from({ length: 185 }, (_, i) => 0.01 * (i + 1));
  return Plot.lineY(xs, {
    x: (x) => x,
    y: formula,
    stroke: colors[color],
    strokeWidth: 2,
    strokeDasharray: dash,
  });
}

/** θ after each step of SGD with batches drawn with replacement. */
function sgdPath(y, center, rate) {
  const batches = withReplacement(SAMPLES, BATCH, stream(3, "data-order"));
  let theta = center;
  return Array.from({ length: 10 * STEPS }, (_, step) => {
    const target = mean(Array.from(batches.at(step), (i) => y[i]));
    theta = theta.map((value, c) => value - rate * CURVATURE * (value - target[c]));
    return theta;
  });
}

/** θ after each time η of the SDE. */
function sdePath(y, center, rate) {
  const rows = (indices) => tf.tensor2d(Array.from(indices, (i) => y[i]));
  let theta = center;
  return Array.from({ length: STEPS }, (_, step) => {
    const problem = {
      samples: SAMPLES,
      head: mse,
      params: { theta: tf.tensor1d(theta) },
      outputsOf: (indices) => (p) => tf.add(p.theta, tf.zeros([indices.length, COORDINATES])),
      targetsOf: rows,
    };
    const settings = { step, stream: stream(5, "noise"), batchSize: BATCH, learningRate: rate };
    const replacement = true;
    const { gradient } = sde.gradient(problem, { ...settings, replacement, substeps: SUBSTEPS });
    const g = gradient.theta.dataSync();
    theta = theta.map((value, c) => value - rate * g[c]);
    disposeTree(gradient);
    disposeTree(problem.params);
    return theta;
  });
}

/** Mean square around the minimum over coordinates and the second half of the steps. */
function spread(path, center) {
  const late = path.slice(path.length / 2);
  const squares = late.flatMap((theta) => theta.map((value, c) => (value - center[c]) ** 2));
  return squares.reduce((sum, square) => sum + square, 0) / squares.length;
}

function mean(rows) {
  return rows[0].map((_, c) => rows.reduce((sum, row) => sum + row[c], 0) / rows.length);
}
