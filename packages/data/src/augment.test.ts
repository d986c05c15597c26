import {
  type Augmentation,
  alice,
  assemble,
  augmented,
  checkAugmentation,
  type Dataset,
  digits,
  withLabelNoise,
} from "@eoss/data";
import { stream } from "@eoss/rng";
import { describe, expect, it } from "vitest";

const step = (number: number, seed = 1) => stream(seed, "augmentation").fork(number);
const all = (n: number) => Int32Array.from({ length: n }, (_, i) => i);

/** Images of 5 × 4 pixels in two channels, each number another one: 1, 2, 3, … of 255. */
function numbered(task: "classification" | "binary" = "classification"): Dataset {
  const size = 5 * 4 * 2;
  return assemble("numbered", {
    inputShape: [5, 4, 2],
    task: task === "binary" ? { kind: "binary" } : { kind: "classification", classes: 2 },
    train: {
      inputs: Uint8Array.from({ length: 6 * size }, (_, i) => 1 + i),
      labels: Uint8Array.of(0, 1, 1, 0, 1, 0),
    },
    standardise: { maxPixel: 255, mean: [0.4, 0.5], std: [0.2, 0.3] },
    source: "made",
  });
}

/** The raw value of a pixel, as the definition of flips and crops has it; 0 beyond the edge. */
function rawAt(sample: number, y: number, x: number, c: number): number {
  if (y < 0 || y > 4 || x < 0 || x > 3) return 0;
  return 1 + sample * 40 + (y * 4 + x) * 2 + c;
}

const rawOf = (value: number, c: number) =>
  Math.round((value * [0.2, 0.3][c]! + [0.4, 0.5][c]!) * 255);

describe("augmentation", () => {
  it("is a mirror image, moved, with black around it, at the drawn places", () => {
    const seen = new Set<string>();
    for (let number = 0; number < 200; number++) {
      const made = augmented(numbered(), { flip: true, crop: 1 }, step(number), all(6));
      for (let sample = 0; sample < 6; sample++) {
        const own = (y: number, x: number, c: number) =>
          rawOf(made.images[sample * 40 + (y * 4 + x) * 2 + c]!, c);
        const found = [];
        for (const mirror of [false, true]) {
          for (const down of [-1, 0, 1]) {
            for (const right of [-1, 0, 1]) {
              let same = true;
              for (let y = 0; y < 5; y++)
                for (let x = 0; x < 4; x++)
                  for (let c = 0; c < 2; c++) {
                    const column = x + right;
                    const from = column < 0 || column > 3 ? -1 : mirror ? 3 - column : column;
                    same &&= own(y, x, c) === rawAt(sample, y + down, from, c);
                  }
              if (same) found.push(`${mirror},${down},${right}`);
            }
          }
        }
        expect(found).toHaveLength(1);
        seen.add(found[0]!);
      }
    }
    expect(seen.size).toBe(18);
  });

  it("draws every shift and both mirrors as often", () => {
    const counts = new Map<number, number>();
    const data = numbered();
    for (let number = 0; number < 500; number++) {
      const { images } = augmented(data, { flip: true }, step(number), all(6));
      for (let s = 0; s < 6; s++) {
        const first = rawOf(images[s * 40]!, 0) - 40 * s;
        counts.set(first, (counts.get(first) ?? 0) + 1);
      }
    }
    expect([...counts.keys()].sort((a, b) => a - b)).toEqual([1, 7]);
    // Five standard deviations of 3,000 throws of a coin.
    expect(Math.abs(counts.get(1)! - 1500)).toBeLessThan(5 * Math.sqrt(750));
  });

  it("is a function of stream and index, however the batch is divided", () => {
    const data = digits({ samples: 60 });
    const how: Augmentation = { flip: true, crop: 2, labels: 0.3 };
    const draw = stream(7, "batches");
    for (let number = 0; number < 40; number++) {
      const indices = draw
        .fork(number)
        .shuffle(60)
        .subarray(0, 1 + (number % 20));
      const whole = augmented(data, how, step(number), indices);
      for (const [row, index] of indices.entries()) {
        const one = augmented(data, how, step(number), Int32Array.of(index));
        expect(whole.images.subarray(row * 64, (row + 1) * 64)).toEqual(one.images);
        expect(whole.labels[row]).toBe(one.labels[0]);
      }
    }
    const before = data.images.slice();
    const other = [step(1), step(2), step(1, 2)].map((random) =>
      augmented(data, how, random, all(60)).images.join(),
    );
    expect(new Set(other).size).toBe(3);
    expect(data.images).toEqual(before);
  });

  it("replaces its share of labels anew in each step, by every other class", () => {
    const data = digits({ samples: 1000 });
    const made = [...Array(40).keys()].map(
      (number) => augmented(data, { labels: 0.2 }, step(number), all(1000)).labels,
    );
    const wrong = made.flatMap((labels) =>
      [...labels].filter((label, i) => label !== data.labels[i]),
    );
    // Five standard deviations of 40,000 draws.
    expect(Math.abs(wrong.length - 8000)).toBeLessThan(5 * Math.sqrt(40_000 * 0.2 * 0.8));
    for (let label = 0; label < 10; label++) {
      const own = wrong.filter((one) => one === label).length;
      expect(Math.abs(own - 800)).toBeLessThan(5 * Math.sqrt(800));
    }
    expect(made[0]).not.toEqual(made[1]);
    expect(augmented(data, { labels: 0.2 }, step(0), all(1000)).images).toEqual(data.images);
  });

  it("changes the signs of two classes with their labels", () => {
    const made = augmented(numbered("binary"), { labels: 1 }, step(0), all(6));
    expect([...made.labels]).toEqual([1, 0, 0, 1, 0, 1]);
    expect([...made.targets!.values]).toEqual([1, -1, -1, 1, -1, 1]);
  });

  it("replaces labels of sequences at each position by itself", () => {
    const data = alice();
    const { labels } = augmented(data, { labels: 0.3 }, step(0), all(data.samples));
    const wrong = [...labels].filter((label, i) => label !== data.labels[i]).length;
    const m = data.labels.length;
    expect(Math.abs(wrong - 0.3 * m)).toBeLessThan(5 * Math.sqrt(m * 0.3 * 0.7));
    const one = augmented(data, { labels: 0.3 }, step(0), Int32Array.of(9, 200));
    expect([...one.labels]).toEqual([...labels.subarray(144, 160), ...labels.subarray(3200, 3216)]);
  });

  it("is refused in words where it has no meaning", () => {
    const table = assemble("table", {
      inputShape: [3],
      task: { kind: "regression", outputs: 1 },
      train: { inputs: new Float32Array(6), targets: new Float32Array(2) },
      source: "made",
    });
    const refused = (data: Dataset, how: object, message: RegExp) =>
      expect(() => checkAugmentation(data, how)).toThrow(message);
    refused(
      table,
      { flip: true },
      /flips and crops are for images.*table has shape \[3\].*shape: \[28/,
    );
    refused(table, { crop: 1 }, /are for images/);
    refused(table, { labels: 0.1 }, /table has numbers for targets/);
    refused(numbered(), { crop: 4 }, /crop of augment is 4; allowed: an integer from 1 to 3/);
    refused(numbered(), { crop: 1.5 }, /crop of augment is 1.5/);
    refused(numbered(), { labels: 2 }, /labels of augment is 2; allowed: a share/);
    refused(numbered(), { mirror: true }, /no option mirror/);
    refused(numbered(), { flip: 1 }, /flip of augment is 1/);
  });
});

describe("label noise", () => {
  const data = digits({ samples: 1000 });
  const changed = (one: Dataset) =>
    [...one.labels].flatMap((label, i) => (label === data.labels[i] ? [] : [`${i}:${label}`]));

  it("replaces exactly its share, by other classes, the same each time", () => {
    const noisy = withLabelNoise(data, 0.2, 3);
    expect(changed(noisy)).toHaveLength(200);
    expect(withLabelNoise(data, 0.2, 3).labels).toEqual(noisy.labels);
    expect(withLabelNoise(data, 0.2, 4).labels).not.toEqual(noisy.labels);
    expect(noisy.images).toBe(data.images);
    expect(noisy.notes!.at(-1)).toBe(
      "label noise: 200 of 1000 labels are replaced by another class, drawn with seed 3",
    );
    expect(new Set(changed(noisy).map((text) => text.split(":")[1])).size).toBe(10);
  });

  it("of a smaller share is among that of a larger one", () => {
    const [some, more] = [0.1, 0.4].map((share) => changed(withLabelNoise(data, share)));
    expect(more).toEqual(expect.arrayContaining(some!));
    expect(changed(withLabelNoise(data, 1))).toHaveLength(1000);
  });

  it("is of signs too, and refused for numbers and for no share", () => {
    const noisy = withLabelNoise(numbered("binary"), 0.5);
    expect([...noisy.targets!.values]).toEqual([...noisy.labels].map((label) => 2 * label - 1));
    for (const share of [0, -0.1, 1.5, Number.NaN]) {
      expect(() => withLabelNoise(data, share)).toThrow(/label-noise is .*; allowed: a share/);
    }
    expect(() => withLabelNoise(data, 0.0004)).toThrow(
      /0.0004 of 1000 labels is none; allowed: from 0.001/,
    );
    const numbers = {
      ...data,
      classes: 0,
      targets: { values: new Float32Array(1000), outputs: 1 },
    };
    expect(() => withLabelNoise(numbers, 0.1)).toThrow(/digits has numbers for targets/);
  });
});
