import { accuracy, testAccuracy } from "./quantities/accuracy.js";
import { fullbs } from "./quantities/fullbs.js";
import { gap } from "./quantities/gap.js";
import { loss, testLoss } from "./quantities/loss.js";
import { minibs } from "./quantities/minibs.js";
import { stepLambdaMax } from "./quantities/stepLambdaMax.js";
import { batchSharpness, batchSharpnessRatio, stepSharpness } from "./quantities/stepSharpness.js";
import type { Quantity } from "./quantity.js";

/** The quantities by name, in the order of help texts. A new one is its file and a line here. */
export const quantities: Readonly<Record<string, Quantity>> = Object.fromEntries(
  [
    fullbs,
    minibs,
    batchSharpness,
    loss,
    gap,
    stepLambdaMax,
    stepSharpness,
    batchSharpnessRatio,
    accuracy,
    testLoss,
    testAccuracy,
  ].map((quantity) => [quantity.name, quantity]),
);

/** The names of what is measured when nothing is asked for; these need nothing but the loss. */
export const defaultQuantities: readonly string[] = [fullbs, minibs, batchSharpness, loss].map(
  ({ name }) => name,
);

/** @throws RangeError naming the known quantities */
export function quantityByName(name: string): Quantity {
  const quantity = Object.hasOwn(quantities, name) ? quantities[name] : undefined;
  if (quantity === undefined) {
    throw new RangeError(
      `unknown quantity "${name}"; known are: ${Object.keys(quantities).join(", ")}`,
    );
  }
  return quantity;
}
