import { figure, series, stepAxes, threshold } from "./plot.mjs";
import { about, curve, level, trained } from "./runs.mjs";

/** The run behind several figures: batches of 16, and what is measured of them. */
export function smallBatchRun() {
  const measure = ["fullbs", "minibs", "batch-sharpness", "gauss-newton"];
  return trained({ batch: 16, steps: 4000, every: 125, measure });
}

const SETTING = "512 digits, MLP 64–32–32–10, squared error, b = 16, η = 0.2";

function drawn(run, lines, words) {
  return figure({
    ...words,
    legend: lines.map(([, color, text]) => [color, text]),
    plots: [
      {
        ...stepAxes,
        marks: [
          ...threshold(10, "2/η"),
          ...lines.flatMap(([quantity, color, , dash]) =>
            series(curve(run, quantity), color, dash),
          ),
        ],
      },
    ],
  });
}

/** MiniBS at 2/η, FullBS below. */
export async function minibsAndFullbs() {
  const run = await smallBatchRun();
  const lines = [
    ["minibs", "minibs", "MiniBS"],
    ["fullbs", "fullbs", "FullBS", "7 5"],
  ];
  return drawn(run, lines, {
    label: `MiniBS rises to ${about(run, "minibs")}; FullBS levels off at ${about(run, "fullbs")}.`,
    caption:
      `${SETTING}. In units of 2/η, over the last quarter of the steps: MiniBS ${level(run, "minibs")}, ` +
      `FullBS ${level(run, "fullbs")}. Bands are 95 % intervals of each measurement.`,
  });
}

/** Batch sharpness below MiniBS: gradients lean towards the top eigenvector, and only lean. */
export async function batchSharpness() {
  const run = await smallBatchRun();
  const lines = [
    ["minibs", "minibs", "MiniBS"],
    ["batch-sharpness", "batchSharpness", "batch sharpness", "2 2.5"],
  ];
  return drawn(run, lines, {
    label: `Batch sharpness rises with MiniBS and levels off below it, at ${about(run, "batch-sharpness")}.`,
    caption:
      `${SETTING}. In units of 2/η, over the last quarter of the steps: MiniBS ${level(run, "minibs")}, ` +
      `batch sharpness ${level(run, "batch-sharpness")}.`,
  });
}

/** The Gauss–Newton part has the top eigenvalue of the Hessian. */
export async function gaussNewtonAndFisher() {
  const run = await smallBatchRun();
  const hessian = curve(run, "minibs");
  const gaussNewton = curve(run, "gauss-newton");
  const ratio = (index) => (gaussNewton[index].value / hessian[index].value).toFixed(3);
  const lines = [
    ["minibs", "minibs", "λmax of the Hessian (MiniBS)"],
    ["gauss-newton", "fullbs", "λmax of the Gauss–Newton part", "7 5"],
  ];
  return drawn(run, lines, {
    label:
      "The mean top eigenvalue of the batch Hessians and that of their Gauss–Newton parts lie on one another " +
      "once training has begun.",
    caption:
      `${SETTING}, the same batches for both. Gauss–Newton over Hessian: ${ratio(0)} at initialisation, ` +
      `${ratio(1)} after ${hessian[1].step} steps, ${ratio(hessian.length - 1)} at the end.`,
  });
}
