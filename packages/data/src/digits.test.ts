import { DatasetError, digits, oneHot } from "@eoss/data";
import { describe, expect, it } from "vitest";

const all = digits();

/** The raw pixels 0..16, recovered from the standardised ones. */
function rawPixels({ images, preprocessing }: typeof all): number[] {
  const { maxPixel, mean, std } = preprocessing;
  return Array.from(images, (x) => (x * std[0]! + mean[0]!) * maxPixel);
}

function counts(labels: Iterable<number>): number[] {
  const perClass = new Array<number>(10).fill(0);
  for (const label of labels) perClass[label]!++;
  return perClass;
}

describe("digits", () => {
  it("holds 1,797 images with the class counts that UCI gives for its test set", () => {
    expect(all).toMatchObject({
      name: "digits",
      inputShape: [8, 8, 1],
      classes: 10,
      samples: 1797,
    });
    expect(all.images).toHaveLength(1797 * 64);
    expect(counts(all.labels)).toEqual([178, 182, 177, 183, 181, 182, 181, 179, 174, 180]);
  });

  it("keeps file order without samples: its first image is the table's first row, a zero", () => {
    expect(all.labels[0]).toBe(0);
    expect(rawPixels(all).slice(0, 64).map(Math.round)).toEqual(
      [
        [0, 0, 5, 13, 9, 1, 0, 0],
        [0, 0, 13, 15, 10, 15, 5, 0],
        [0, 3, 15, 2, 0, 11, 8, 0],
        [0, 4, 12, 0, 0, 8, 8, 0],
        [0, 5, 8, 0, 0, 9, 8, 0],
        [0, 4, 11, 0, 1, 12, 7, 0],
        [0, 2, 14, 5, 10, 12, 0, 0],
        [0, 0, 6, 13, 10, 0, 0, 0],
      ].flat(),
    );
  });

  it("has whole pixels whose mean and standard deviation are the constants", () => {
    const raw = rawPixels(all);
    const whole = raw.map(Math.round);
    // float32 keeps a pixel of at most 16 to about 1e-6.
    expect(Math.max(...raw.map((x, i) => Math.abs(x - whole[i]!)))).toBeLessThan(4e-6);

    const n = whole.length;
    const sum = whole.reduce((a, x) => a + x, 0);
    const squares = whole.reduce((a, x) => a + x * x, 0);
    expect([sum, squares]).toEqual([561718, 6907012]); // numpy, from the table itself
    const [mean, std] = [all.preprocessing.mean[0]!, all.preprocessing.std[0]!];
    expect(mean).toBe(sum / n / 16);
    expect(std).toBe(Math.sqrt(n * squares - sum * sum) / n / 16); // exact integers under the root
    expect(all.images[2]).toBe(Math.fround((5 / 16 - mean) / std));
  });

  it("takes balanced subsets, each a prefix of the larger ones", () => {
    const small = digits({ samples: 25 });
    const large = digits({ samples: 1536 });
    expect(counts(small.labels)).toEqual([3, 3, 3, 3, 3, 2, 2, 2, 2, 2]);
    expect(large.labels.subarray(0, 25)).toEqual(small.labels);
    expect(large.images.subarray(0, 25 * 64)).toEqual(small.images);
    const spread = counts(large.labels);
    expect(Math.max(...spread) - Math.min(...spread)).toBeLessThanOrEqual(1);
  });

  it("holds out exactly what training leaves", () => {
    const parts = [digits({ samples: 1536 }), digits({ samples: 1536, split: "test" })];
    expect(parts.map((part) => part.samples)).toEqual([1536, 261]);
    const keys = (set: typeof all) =>
      Array.from(set.labels, (label, i) => `${label}:${set.images.subarray(i * 64, i * 64 + 64)}`);
    expect(parts.flatMap(keys).sort()).toEqual(keys(all).sort());
  });

  it("says how many images there are when asked for others", () => {
    expect(() => digits({ samples: 1798 })).toThrow(DatasetError);
    expect(() => digits({ samples: 1798 })).toThrow(
      "digits: 1798 samples asked for, expected an integer from 1 to the 1797 available",
    );
    expect(() => digits({ samples: 0 })).toThrow("0 samples asked for");
    expect(() => digits({ samples: 1.5 })).toThrow("1.5 samples asked for");
    expect(() => digits({ split: "test" })).toThrow("ask for samples below 1797");
    expect(() => digits({ samples: 1797, split: "test" })).toThrow("no sample is left");
  });

  it("gives labels that oneHot accepts", () => {
    expect(oneHot(all.labels, all.classes).reduce((a, x) => a + x, 0)).toBe(1797);
  });
});
