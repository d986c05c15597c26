import { checkSplit, type Dataset, DatasetError, type SplitOptions } from "./dataset.js";
import { DIGITS_TEXT } from "./digits.generated.js";
import { divide } from "./order.js";
import { standardised } from "./standardise.js";

const PIXELS = 64;
const CLASSES = 10;
/** 64 pixels, the label, a line feed. */
const LINE = PIXELS + 2;

/** Mean and standard deviation over all pixels of all 1,797 images, held-out ones included. */
const PREPROCESSING = { maxPixel: 16, mean: [0.30526028624095713], std: [0.37604922179201483] };

/**
 * UCI optical digits: 1,797 images of 8×8 pixels in ten classes, embedded in this package.
 *
 *   pixel → (pixel/16 − 0.30526028624095713) / 0.37604922179201483
 *
 * The table has no test set of its own: with `samples: N` the other 1,797 − N images are the test
 * split.
 *
 * @example
 * const train = digits({ samples: 1536 });                // inputShape [8, 8, 1]
 * const test = digits({ samples: 1536, split: "test" });  // the other 261
 *
 * @throws DatasetError if there are fewer images than `samples`, or none is left for the test split
 * @see E. Alpaydin, C. Kaynak (1998), https://doi.org/10.24432/C50P49, CC BY 4.0
 */
export function digits(options: SplitOptions = {}): Dataset {
  checkSplit("digits", options);
  const { samples, split = "train" } = options;
  const records = DIGITS_TEXT.length / LINE;
  const allLabels = Uint8Array.from({ length: records }, (_, i) => numberAt(i * LINE + PIXELS));

  const { used, left } = divide("digits", allLabels, CLASSES, samples);
  const indices = split === "train" ? used : left;
  if (indices.length === 0) {
    throw new DatasetError(
      `digits: no image is left for the test split; it holds what training leaves, so ask for ` +
        `samples below ${records}`,
    );
  }

  const [table] = standardised(PREPROCESSING);
  const images = new Float32Array(indices.length * PIXELS);
  indices.forEach((record, i) => {
    for (let p = 0; p < PIXELS; p++) images[i * PIXELS + p] = table![numberAt(record * LINE + p)]!;
  });

  return {
    name: "digits",
    inputShape: [8, 8, 1],
    classes: CLASSES,
    samples: indices.length,
    images,
    labels: Uint8Array.from(indices, (record) => allLabels[record]!),
    preprocessing: PREPROCESSING,
    source:
      "UCI Optical Recognition of Handwritten Digits, test set (doi:10.24432/C50P49, CC BY 4.0)",
  };
}

/** The base-17 digit at a place of the text: "0"–"9", "a"–"g". */
function numberAt(place: number): number {
  const code = DIGITS_TEXT.charCodeAt(place);
  return code < 58 ? code - 48 : code - 87;
}
