import { stream } from "@eoss/rng";
import { checkSplit, type Dataset, DatasetError, type SplitOptions } from "./dataset.js";
import { divide } from "./order.js";

const ARM = 200;
const CLASSES = 2;
const TURNS = 1.25;
/** Standard deviation of a point's distance to its arm, per coordinate. */
const SPREAD = 0.03;
/** Part of the definition of the data, as an image of digits is. */
const SEED = 0;

/**
 * Two spirals of 200 points each in the plane, one the other's image under a half turn: a problem in
 * two dimensions that needs a curved boundary. Point i of arm c, with s = (i + ½)/200:
 *
 *   r = 0.1 + 0.9·s,  φ = 2π·1.25·s + π·c,  x = r·(cos φ, sin φ) + 0.03·ε,  ε ~ N(0, 1)
 *
 * The coordinates are of order one as they are; they are not standardised further.
 *
 * @throws DatasetError if there are fewer points than `samples`, or none is left for the test split
 */
export function spirals(options: SplitOptions = {}): Dataset {
  checkSplit("spirals", options);
  const { samples, split = "train" } = options;
  const all = Uint8Array.from({ length: CLASSES * ARM }, (_, point) => Math.floor(point / ARM));
  const { used, left } = divide("spirals", all, CLASSES, samples);
  const indices = split === "train" ? used : left;
  if (indices.length === 0) {
    throw new DatasetError(
      `spirals: no point is left for the test split; it holds what training leaves, so ask for ` +
        `samples below ${all.length}`,
    );
  }
  const noise = stream(SEED, "data/spirals");
  const images = new Float32Array(2 * indices.length);
  indices.forEach((point, row) => {
    const arm = all[point]!;
    const along = ((point % ARM) + 0.5) / ARM;
    const radius = 0.1 + 0.9 * along;
    const angle = 2 * Math.PI * TURNS * along + Math.PI * arm;
    images[2 * row] = radius * Math.cos(angle) + SPREAD * noise.normalAt(2 * point);
    images[2 * row + 1] = radius * Math.sin(angle) + SPREAD * noise.normalAt(2 * point + 1);
  });
  return {
    name: "spirals",
    inputShape: [1, 2, 1],
    classes: CLASSES,
    samples: indices.length,
    images,
    labels: Uint8Array.from(indices, (point) => all[point]!),
    preprocessing: { maxPixel: 1, mean: [0], std: [1] },
    source: "two spirals of 200 points in the plane, with Gaussian spread, made by @eoss/data",
  };
}
