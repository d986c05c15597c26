import { stream } from "@eoss/rng";
import { assemble } from "./assemble.js";
import type { Dataset, SplitOptions } from "./dataset.js";
import type { LoadedData } from "./define.js";

const ARM = 200;
const CLASSES = 2;
const TURNS = 1.25;
/** Standard deviation of a point's distance to its arm, per coordinate. */
const SPREAD = 0.03;

/**
 * Two spirals of 200 points each in the plane, one the other's image under a half turn: a problem in
 * two dimensions that needs a curved boundary. Point i of arm c, with s = (i + ½)/200:
 *
 *   r = 0.1 + 0.9·s,  φ = 2π·1.25·s + π·c,  x = r·(cos φ, sin φ) + 0.03·ε,  ε ~ N(0, 1)
 *
 * The coordinates are of order one as they are; they are not standardised further.
 *
 * @throws DatasetError if there are fewer points than `samples`, or none is left for the test split
 * @example
 * const { labels, inputShape } = spirals();
 * labels.length; // 400
 * inputShape; // [1, 2, 1]
 */
export function spirals(options: SplitOptions = {}): Dataset {
  return assemble("spirals", loadSpirals(options.seed), options);
}

export function loadSpirals(seed = 0): LoadedData {
  const points = CLASSES * ARM;
  const noise = stream(seed, "data/spirals");
  const inputs = new Float32Array(2 * points);
  for (let point = 0; point < points; point++) {
    const along = ((point % ARM) + 0.5) / ARM;
    const radius = 0.1 + 0.9 * along;
    const angle = 2 * Math.PI * TURNS * along + Math.PI * Math.floor(point / ARM);
    inputs[2 * point] = radius * Math.cos(angle) + SPREAD * noise.normalAt(2 * point);
    inputs[2 * point + 1] = radius * Math.sin(angle) + SPREAD * noise.normalAt(2 * point + 1);
  }
  return {
    inputShape: [1, 2, 1],
    task: { kind: "classification", classes: CLASSES },
    train: {
      inputs,
      labels: Uint8Array.from({ length: points }, (_, point) => Math.floor(point / ARM)),
    },
    source: "two spirals of 200 points in the plane, with Gaussian spread, made by @eoss/data",
  };
}
