import { staticAt } from "@eoss/lab";
import { withError } from "@eoss/run";
import { marginOf } from "@eoss/sharpness";
import * as Plot from "@observablehq/plot";
import { colors, figure } from "./plot.mjs";
import { smallBatchRun } from "./smallBatches.mjs";

const BATCH_SIZES = [1, 2, 4, 8, 16, 32, 64];

/** MiniBS − FullBS against b at fixed parameters, before and after training, with fitted exponents. */
export async function gapAndExponent() {
  const { directory } = await smallBatchRun();
  const at = (step) =>
    staticAt(directory, step, { tolerance: 0.1, "max-batches": 256 }, { batchSizes: BATCH_SIZES });
  const [init, final] = [await at("init"), await at("final")];
  return figure({
    label:
      "The gap between MiniBS and FullBS against the batch size on logarithmic axes, at initialisation and " +
      "after training: straight lines that fall.",
    caption:
      "The network of the other figures, 512 digits, before and after 4,000 steps with b = 16. Fitted for " +
      `b = 1 to 64, with the factor (n − b)/(n − 1) divided out: α = ${exponentOf(init)} at initialisation, ` +
      `${exponentOf(final)} after training (95 %).${leftOut(init, final)}`,
    legend: [
      ["minibs", "at initialisation"],
      ["fullbs", "after training"],
    ],
    plots: [
      {
        x: {
          type: "log",
          label: "batch size b (log scale) →",
          labelArrow: "none",
        },
        y: {
          type: "log",
          label: "gap = MiniBS − FullBS (log scale)",
          labelArrow: "none",
          ticks: 4,
          tickFormat: "~g",
        },
        marks: [
          // As `tickFormat` the logarithmic scale would leave out some of the labels.
          Plot.axisX({ ticks: BATCH_SIZES, text: String, labelOffset: 42 }),
          ...curveOf(init, "minibs"),
          ...curveOf(final, "fullbs"),
        ],
      },
    ],
  });
}

function exponentOf({ corrected }) {
  const [low, high] = corrected.interval;
  return withError(corrected.exponent, (high - low) / 2);
}

/** What has no place on a logarithmic axis: gaps that may as well be 0. */
function leftOut(...curves) {
  const count = curves.flatMap(({ points }) => points.filter((point) => !isKnown(point))).length;
  return count === 0 ? "" : ` Not drawn: ${count} whose 95 % interval reaches 0.`;
}

const isKnown = ({ gap }) => gap.value > marginOf(gap);

function curveOf({ points, corrected, samples }, color) {
  const known = points.filter(isKnown);
  const fitted = BATCH_SIZES.map((b) => ({
    b,
    gap: (corrected.amplitude * b ** -corrected.exponent * (samples - b)) / (samples - 1),
  }));
  return [
    Plot.lineY(fitted, { x: "b", y: "gap", stroke: colors[color], strokeDasharray: "5 4" }),
    Plot.ruleX(known, {
      x: "batchSize",
      y1: ({ gap }) => gap.value - marginOf(gap),
      y2: ({ gap }) => gap.value + marginOf(gap),
      stroke: colors[color],
      strokeWidth: 2,
    }),
    Plot.dot(known, { x: "batchSize", y: ({ gap }) => gap.value, r: 4, fill: colors[color] }),
  ];
}
