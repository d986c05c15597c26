import { type Dataset, DatasetError, digits, spirals, twoPoint } from "@eoss/data";
import { DRAWN, type DrawnPoint, type PlaygroundState } from "./state.js";

const embedded = { digits, spirals, "two-point": twoPoint };

/** The data sets that the page has, in the order of its menu. */
export const pageDatasets = [...(Object.keys(embedded) as (keyof typeof embedded)[]), DRAWN];

/** Whether samples are points of the plane, which can be drawn with the decision of the network. */
export function isPlane(dataset: string): boolean {
  return dataset === "spirals" || dataset === DRAWN;
}

/** @throws DatasetError if the page does not have it, or as the data set itself does */
export function datasetOf({ settings, points }: PlaygroundState): Dataset {
  const name = String(settings.data);
  if (name === DRAWN) return drawn(points);
  if (!Object.hasOwn(embedded, name)) {
    throw new DatasetError(
      `unknown data set ${name}; allowed on this page: ${pageDatasets.join(", ")}`,
    );
  }
  const samples = settings.samples as number | undefined;
  return embedded[name as keyof typeof embedded](samples === undefined ? {} : { samples });
}

/** Points drawn in the plane, of two classes. */
function drawn(points: readonly DrawnPoint[]): Dataset {
  if (new Set(points.map(({ label }) => label)).size < 2) {
    throw new DatasetError("draw points of both classes first");
  }
  return {
    name: DRAWN,
    inputShape: [1, 2, 1],
    classes: 2,
    samples: points.length,
    images: Float32Array.from(points.flatMap(({ x, y }) => [x, y])),
    labels: Uint8Array.from(points, ({ label }) => label),
    preprocessing: { maxPixel: 1, mean: [0], std: [1] },
    source: "points drawn in the playground",
  };
}
