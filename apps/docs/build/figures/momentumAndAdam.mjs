import { figure, series, stepAxes, threshold } from "./plot.mjs";
import { curve, level, trained } from "./runs.mjs";

/** Where the vertical axis ends: the beginnings of runs may spike. */
const TOP = 2;

const RULES = [
  ["minibs", "gradient descent", { lr: 0.4 }],
  ["fullbs", "heavy ball, β = 0.9", { lr: 0.4, optimizer: "heavy-ball momentum=0.9" }],
  ["batchSharpness", "Nesterov, β = 0.5", { lr: 0.2, optimizer: "nesterov momentum=0.5" }],
  ["fork4", "Adam, preconditioned", { lr: 0.01, optimizer: "adam" }],
];

/** Full-batch training with four rules: each sharpness meets the threshold of its own rule. */
export async function momentumAndAdam() {
  const runs = [];
  for (const [color, name, rule] of RULES) {
    const settings = { batch: "full", steps: 1000, every: 25, measure: ["momentum-sharpness"] };
    runs.push({ color, name, run: await trained({ ...rule, ...settings }) });
  }
  const levels = runs.map(
    ({ name, run }) => `${name} ${level(run, "momentum-sharpness", { relative: false })}`,
  );
  const curves = runs.map(({ color, name, run }) => {
    return { color, name, points: curve(run, "momentum-sharpness") };
  });
  const above = curves.flatMap(({ name, points }) =>
    points
      .filter(({ value }) => value > TOP)
      .map(({ step, value }) => `${name} ${value.toFixed(1)} at step ${step}`),
  );
  const cut = above.length > 0 ? ` Cut off above ${TOP}: ${above.join("; ")}.` : "";
  return figure({
    label:
      "Sharpness over the threshold of the update rule against training steps, for gradient descent, heavy " +
      "ball, Nesterov and Adam: all rise to 1.",
    caption:
      "512 digits, MLP 64–32–32–10, squared error, full batch; the sharpness over the threshold of its rule. " +
      `Over the last quarter of the steps: ${levels.join("; ")}.${cut}`,
    legend: runs.map(({ color, name }) => [color, name]),
    plots: [
      {
        ...stepAxes,
        y: { ...stepAxes.y, label: "sharpness over threshold", domain: [0, TOP], clamp: true },
        marks: [
          ...threshold(1, "threshold"),
          ...curves.flatMap(({ color, points }) => series(points, color)),
        ],
      },
    ],
  });
}
