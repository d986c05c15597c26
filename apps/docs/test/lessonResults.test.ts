import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { overshootAt } from "../src/lesson/models/overshoot.js";
import { resultsOf } from "../src/lesson/results/parse.js";

const DOCUMENT = `# The paper, reproduced

From recipes: at scale
\`digits\`, small images
of digits; and at scale \`small\`, others.

## The paper's figures, scale digits

| 1 | MiniBS settles | holds | minibs of b16: 9 ± 9 |
| 2 | MiniBS settles | undecided | minibs of b4: 1.5 ± 0.15 (holds); minibs of full: 1 ± 0.1 |
| 2 | FullBS is lower | holds | fullbs of b16 − of b4: 0.032 ± 0.030; fullbs / minibs of b4: 0.4 ± 0.08 |
| 2 | The same | holds | minibs / fullbs of full: 1.25 ± 0.125 |
| 2 | Batch sharpness | holds | batch-sharpness of b4: 0.8 ± 0.04; batch-sharpness of full: 0.9 ± 0.03 |

## The paper's figures, scale small: CIFAR-10

\`\`\`sh
eoss reproduce 2
\`\`\`

Some images, a network
with η = 0.02; made somewhere.

| 2 | MiniBS settles | holds | minibs of b4: 2 ± 0.2 |
| 2 | FullBS | holds | fullbs / minibs of b4: 0.5 ± 0.05 |
| 2 | Batch sharpness | holds | batch-sharpness of b4: 1 ± 0.1 |

## The paper's own setting, begun

\`\`\`sh
eoss reproduce 2
\`\`\`

More images, η = 0.01, with \`--backend node\`. Two of the runs were made.

| | MiniBS | batch sharpness | FullBS | training loss |
| --- | --- | --- | --- | --- |
| b = 4 | 1.46, still rising | 0.88 | 0.079 | 0.17 |
`;

describe("the results that the lesson shows", () => {
  it("are those of figure 2 in the document, FullBS from its ratio to MiniBS", () => {
    const [digits, small, paper] = resultsOf(DOCUMENT);
    expect(digits!.setting).toBe("small images of digits");
    expect(digits!.batches.map(({ batch }) => batch)).toEqual(["4", "all samples"]);
    const [four, all] = digits!.batches;
    expect(four!.levels.minibs).toEqual({ value: 1.5, error: 0.15 });
    expect(four!.levels["batch-sharpness"]).toEqual({ value: 0.8, error: 0.04 });
    // 1.5 · 0.4, with 10 % and 20 %; 1 / 1.25 with 10 % each.
    expect(four!.levels.fullbs!.value).toBeCloseTo(0.6, 12);
    expect(four!.levels.fullbs!.error).toBeCloseTo(0.18, 12);
    expect(all!.levels.fullbs!.value).toBeCloseTo(0.8, 12);
    expect(all!.levels.fullbs!.error).toBeCloseTo(0.16, 12);
    expect(small!.setting).toBe("Some images, a network with η = 0.02");
    expect(paper!.setting).toBe("More images, η = 0.01");
    expect(paper!.batches[0]).toEqual({
      batch: "4",
      levels: {
        minibs: { value: 1.46, note: "still rising" },
        "batch-sharpness": { value: 0.88 },
        fullbs: { value: 0.079 },
      },
    });
  });

  it("may have no interval, and then say why", () => {
    const changed = DOCUMENT.replace(
      "minibs of full: 1 ± 0.1",
      "minibs of full: 0.977 (too few points: 26, worth 2 independent, over steps 3,000 to 4,000)",
    ).replace(
      "fullbs / minibs of b4: 0.4 ± 0.08",
      "fullbs / minibs of b4: 0.4 (drifting: +0.049 ± 0.026 per 1,000 steps, over steps 6,000 to 8,000)",
    );
    const [four, all] = resultsOf(changed)[0]!.batches;
    expect(all!.levels.minibs).toEqual({ value: 0.977, note: "too few points" });
    expect(all!.levels.fullbs!.value).toBeCloseTo(0.977 / 1.25, 12);
    expect(all!.levels.fullbs).not.toHaveProperty("error");
    expect(four!.levels.fullbs).toEqual({ value: 1.5 * 0.4, note: "drifting" });
  });

  it("are there in the document as it is", () => {
    const file = new URL("../../../docs/reproduction.md", import.meta.url);
    const scales = resultsOf(readFileSync(file, "utf8"));
    expect(scales).toHaveLength(3);
    for (const { setting, batches } of scales) {
      expect(setting.length).toBeGreaterThan(20);
      expect(batches.length).toBeGreaterThan(2);
    }
  });

  it("say what the document no longer has", () => {
    expect(() => resultsOf(DOCUMENT.replaceAll("minibs of", "mean of"))).toThrow(/no longer has/);
  });
});

describe("the overshoot after a change", () => {
  it("is the highest loss after it against the mean before", () => {
    const losses = [1, 3, 8, 5, 2].map((value, step) => ({ step, value }));
    expect(overshootAt(losses, 2)).toEqual({ before: 2, highest: { step: 2, value: 8 } });
    expect(overshootAt(losses, 0)).toBeUndefined();
    expect(overshootAt(losses, 5)).toBeUndefined();
  });

  it("looks no further than a hundred steps to each side", () => {
    const losses = Array.from({ length: 400 }, (_, step) => ({
      step,
      value: step === 0 || step === 399 ? 1000 : step === 250 ? 7 : 1,
    }));
    expect(overshootAt(losses, 200)).toEqual({ before: 1, highest: { step: 250, value: 7 } });
  });
});
