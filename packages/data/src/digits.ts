import { assemble } from "./assemble.js";
import type { Dataset, SplitOptions } from "./dataset.js";
import type { LoadedData } from "./define.js";
import { DIGITS_TEXT } from "./digits.generated.js";

const PIXELS = 64;
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
 * const train = digits({ samples: 1536 });
 * const test = digits({ samples: 1536, split: "test" });
 * train.inputShape; // [8, 8, 1]
 * test.labels.length; // 261
 *
 * @throws DatasetError if there are fewer images than `samples`, or none is left for the test split
 * @see E. Alpaydin, C. Kaynak (1998), https://doi.org/10.24432/C50P49, CC BY 4.0
 */
export function digits(options: SplitOptions = {}): Dataset {
  return assemble("digits", loadDigits(), options);
}

export function loadDigits(): LoadedData {
  const records = DIGITS_TEXT.length / LINE;
  const inputs = new Uint8Array(records * PIXELS);
  for (let record = 0; record < records; record++) {
    for (let p = 0; p < PIXELS; p++) inputs[record * PIXELS + p] = numberAt(record * LINE + p);
  }
  return {
    inputShape: [8, 8, 1],
    task: { kind: "classification", classes: 10 },
    train: {
      inputs,
      labels: Uint8Array.from({ length: records }, (_, i) => numberAt(i * LINE + PIXELS)),
    },
    standardise: PREPROCESSING,
    source:
      "UCI Optical Recognition of Handwritten Digits, test set (doi:10.24432/C50P49, CC BY 4.0)",
  };
}

/** The base-17 digit at a place of the text: "0"–"9", "a"–"g". */
function numberAt(place: number): number {
  const code = DIGITS_TEXT.charCodeAt(place);
  return code < 58 ? code - 48 : code - 87;
}
