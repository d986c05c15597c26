import { figure, series, stepAxes, threshold } from "./plot.mjs";
import { curve, level, trained } from "./runs.mjs";

/** Full-batch gradient descent with two step sizes: each sharpness meets its own 2/η. */
export async function edgeOfStability() {
  const settings = { batch: "full", steps: 1000, every: 20, measure: ["fullbs"] };
  const larger = await trained({ ...settings, lr: 0.4 });
  const smaller = await trained({ ...settings, lr: 0.2 });
  return figure({
    label:
      "Full-batch sharpness against training steps with step sizes 0.2 and 0.4. Each rises to its 2/η, " +
      "10 and 5, and stays there.",
    caption:
      "Gradient descent on 512 digits, MLP 64–32–32–10, squared error. Over the last quarter of the steps " +
      `FullBS is ${level(smaller, "fullbs")} times 2/η with η = 0.2, and ${level(larger, "fullbs")} times with η = 0.4.`,
    legend: [
      ["minibs", "FullBS, η = 0.2"],
      ["fullbs", "FullBS, η = 0.4"],
    ],
    plots: [
      {
        ...stepAxes,
        marks: [
          ...threshold(10, "2/0.2", "minibs"),
          ...threshold(5, "2/0.4", "fullbs"),
          ...series(curve(smaller, "fullbs"), "minibs"),
          ...series(curve(larger, "fullbs"), "fullbs"),
        ],
      },
    ],
  });
}
