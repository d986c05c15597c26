import { SHARPNESSES } from "../../playground/charts/sharpnessChart.js";
import { legend } from "../ui/legend.js";

/** The legend of a chart of the three sharpnesses. */
export function sharpnessLegend(): HTMLElement {
  const entries = SHARPNESSES.map(({ text, colour }) => ({ text, colour }));
  return legend([...entries, { text: "2/η", colour: "ink", dotted: true }]);
}
