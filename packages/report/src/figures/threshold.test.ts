import { stream } from "@eoss/rng";
import { openRun, type Run } from "@eoss/run";
import type { TrainingPlan } from "@eoss/sgd";
import { describe, expect, it } from "vitest";
import { syntheticRun } from "../../../run/src/syntheticRun.fixture.js";
import { sharpnessCaption } from "../page/sharpnessCaption.js";
import { frameOf, placeMarks } from "./changeMarks.js";
import { comparisonPanels } from "./comparisonFigure.js";
import { svgMarkup, textWidth } from "./figure.js";
import { lossFigure } from "./lossFigure.js";
import { otherPanels } from "./otherQuantities.js";
import { THEMED } from "./palette.js";
import { sharpnessFigure } from "./sharpnessFigure.js";
import { linePath, parseSvg, pixelOf, stepOf, vertices } from "./svg.fixture.js";
import { thresholdLevels } from "./threshold.js";

const HEAVY_BALL_FORMULA = "(2\u00a0+\u00a02β)/η";
const SMALL_BATCH_FORMULA = "2(1\u00a0−\u00a0β)/η";

const SIZE = { width: 820, height: 420 };
const runWith = (plan: Partial<TrainingPlan>, more = {}) =>
  syntheticRun({ steps: 2000, every: 100, plan, ...more });
const draw = (run: ReturnType<typeof runWith>) =>
  parseSvg(svgMarkup(sharpnessFigure(run, THEMED, SIZE, 100).figure!));

const lowered = runWith({ interventions: [{ at: 1500, learningRate: 0.1 }] });
const waited = runWith(
  { interventions: [{ at: "plateau", learningRate: 0.1, batchSize: 64 }] },
  { plateaus: [{ step: 1100, quantity: "minibs", since: 600 }] },
);

describe("the threshold of a run that changes η", () => {
  it("is a line with a step, at 2/η of each part", () => {
    const svg = draw(lowered);
    const [x, y] = [pixelOf(svg, "x", stepOf), pixelOf(svg, "y")];
    const expected = [
      [0, 10],
      [1500, 10],
      [1500, 20],
      [2000, 20],
    ] as const;
    const drawn = vertices(linePath(svg, "2/η")!);
    expect(drawn).toHaveLength(4);
    for (const [i, [step, value]] of expected.entries()) {
      expect(Math.abs(drawn[i]!.x - x(step))).toBeLessThan(0.5);
      expect(Math.abs(drawn[i]!.y - y(value))).toBeLessThan(0.5);
    }
    expect(svg.textContent).toContain("2/η = 20");
    // One scale in units of 2/η would be wrong on one side of the change.
    expect(svg.textContent).not.toContain("in units of");
  });

  it("divides the values of relative figures by the threshold of their steps", () => {
    const svg = parseSvg(svgMarkup(comparisonPanels([lowered], THEMED, SIZE).panels[0]!));
    const y = pixelOf(svg, "y");
    const drawn = vertices(linePath(svg, "full-batch sharpness (FullBS)")!);
    const values = lowered.records.filter(({ quantity }) => quantity === "fullbs");
    for (const [i, { step, value }] of values.entries()) {
      expect(Math.abs(drawn[i]!.y - y(value! / (step < 1500 ? 10 : 20)))).toBeLessThan(0.5);
    }
  });

  it("has an upright rule with a few words at the change, in every figure", () => {
    const figures = [
      draw(lowered),
      parseSvg(svgMarkup(lossFigure(lowered, THEMED, SIZE).figure!)),
      parseSvg(svgMarkup(comparisonPanels([lowered], THEMED, SIZE).panels[0]!)),
    ];
    for (const svg of figures) {
      const rule = svg.querySelector('line[aria-label="η 0.2 → 0.1"]')!;
      const x = pixelOf(svg, "x", stepOf)(1500);
      expect(Math.abs(Number(rule.getAttribute("x1")) - x)).toBeLessThan(0.5);
      expect(svg.textContent).toContain("η 0.2 → 0.1");
    }
  });

  it("marks the step at which a plateau was seen, and says that it was one", () => {
    const svg = draw(waited);
    const rule = svg.querySelector('line[aria-label="plateau: η 0.2 → 0.1, b 16 → 64"]')!;
    const x = pixelOf(svg, "x", stepOf)(1100);
    expect(Math.abs(Number(rule.getAttribute("x1")) - x)).toBeLessThan(0.5);
  });

  it("follows a warm-up from infinity without a flaw", () => {
    const warm = runWith({ learningRate: { kind: "warm-up", from: 0, steps: 1000, after: 0.2 } });
    const svg = draw(warm);
    const y = pixelOf(svg, "y");
    const drawn = vertices(linePath(svg, "2/η")!);
    expect(Math.abs(drawn.at(-1)!.y - y(10))).toBeLessThan(0.5);
    const steep = drawn.slice(1).map((point, i) => point.y - drawn[i]!.y);
    expect(Math.min(...steep)).toBeGreaterThanOrEqual(0);
    expect(svgMarkup(sharpnessFigure(warm, THEMED, SIZE, 100).figure!)).not.toMatch(
      /NaN|Infinity|undefined/,
    );
    expect(svg.querySelectorAll('line[aria-label*="→"]')).toHaveLength(0);
  });
});

describe("the threshold of other optimizers", () => {
  it("is no line for Adam, whose threshold is not one of H", () => {
    const adam = runWith({ optimizer: "adam" });
    const svg = draw(adam);
    const labels = [...svg.querySelectorAll('[aria-label="line"] path')].map((path) =>
      path.getAttribute("aria-label"),
    );
    expect(labels).toHaveLength(3);
    expect(svg.textContent).not.toMatch(/η|in units/);
    expect(sharpnessCaption(adam)).toContain("There is no threshold line");
    const { panels } = comparisonPanels([adam, lowered], THEMED, SIZE);
    const panel = parseSvg(svgMarkup(panels[0]!));
    expect(panel.querySelectorAll(`line[aria-label="2/η"]`)).toHaveLength(0);
    expect(panel.textContent).toContain("no threshold for λmax(H)");
    expect(linePath(panel, "full-batch sharpness (FullBS)")).toBeNull();
    expect(parseSvg(svgMarkup(panels[1]!)).querySelectorAll(`line[aria-label="2/η"]`)).toHaveLength(
      1,
    );
  });

  it("ends where Adam takes over", () => {
    const run = runWith({ interventions: [{ at: 1500, optimizer: "adam" }] });
    const svg = draw(run);
    const drawn = vertices(
      linePath(
        svg,
        thresholdLevels(run)
          .map(({ formula }) => formula)
          .join(", "),
      )!,
    );
    expect(Math.abs(drawn.at(-1)!.x - pixelOf(svg, "x", stepOf)(1500))).toBeLessThan(0.5);
  });

  it("is (2 + 2β)/η of heavy ball, and 2(1 − β)/η beside it for small batches alone", () => {
    const optimizer = { name: "heavy-ball", momentum: 0.5 };
    const svg = draw(runWith({ optimizer }));
    const y = pixelOf(svg, "y");
    const heightOf = (label: string) => vertices(linePath(svg, label)!)[0]!.y;
    expect(Math.abs(heightOf(HEAVY_BALL_FORMULA) - y(15))).toBeLessThan(0.5);
    expect(Math.abs(heightOf(SMALL_BATCH_FORMULA) - y(5))).toBeLessThan(0.5);
    const full = draw(runWith({ optimizer }, { batchSize: 1536 }));
    expect(linePath(full, HEAVY_BALL_FORMULA)).not.toBeNull();
    expect(linePath(full, SMALL_BATCH_FORMULA)).toBeNull();
  });

  it("is said to lie above a figure that it would flatten", () => {
    const run = runWith({ optimizer: { name: "heavy-ball", momentum: 0.9 } }, { lr: 0.02 });
    const records = run.records.map((r) =>
      r.value === null ? r : { ...r, value: r.value / 10, batches: [] },
    );
    const { figure, notes } = sharpnessFigure(openRun({ ...run, records }), THEMED, SIZE, 100);
    expect(linePath(parseSvg(svgMarkup(figure!)), HEAVY_BALL_FORMULA)).toBeNull();
    expect(notes).toEqual([`Above the figure: ${HEAVY_BALL_FORMULA} = 190.`]);
  });
});

describe("placeMarks", () => {
  it("lets words overlap neither each other nor the rules of others", () => {
    const frame = frameOf(380, [0, 1000]);
    const at = stream(3, "marks");
    for (let trial = 0; trial < 200; trial++) {
      const marks = Array.from({ length: 1 + (trial % 5) }, (_, i) => ({
        step: Math.round(1000 * at.uniformAt(10 * trial + i)),
        text: "b 16 → 64, η 0.1".slice(0, 5 + 3 * i),
      })).sort((a, b) => a.step - b.step);
      const boxes = placeMarks(marks, frame).flatMap(({ step, text, row, anchor }) => {
        if (row === null) return [];
        const x = frame.left + (step / 1000) * (frame.right - frame.left);
        const width = textWidth(text);
        return [
          {
            x,
            row,
            begin: anchor === "start" ? x : x - width,
            end: anchor === "start" ? x + width : x,
          },
        ];
      });
      for (const a of boxes) {
        expect(a.begin).toBeGreaterThanOrEqual(0);
        expect(a.end).toBeLessThanOrEqual(380);
        for (const b of boxes) {
          if (a === b) continue;
          if (a.row === b.row) expect(a.end <= b.begin || b.end <= a.begin).toBe(true);
          if (a.row < b.row) expect(b.x <= a.begin || a.end <= b.x).toBe(true);
        }
      }
    }
  });

  it("writes nothing at more marks than have room", () => {
    const marks = Array.from({ length: 30 }, (_, i) => ({ step: 30 * i, text: "b 16 → 64" }));
    const placed = placeMarks(marks, frameOf(380, [0, 1000]));
    expect(placed.map(({ row }) => row)).toEqual(Array(30).fill(null));
  });
});

describe("otherPanels", () => {
  const extra = (quantity: string, value: (step: number) => number, rest = {}) =>
    [0, 500, 1500, 2000].map((step) => ({
      ...{ step, quantity, value: value(step), samples: 1, products: 0, seconds: 0 },
      ...{ status: "exact", ...rest },
    }));
  const records = [
    ...lowered.records,
    ...extra("full-gauss-newton", () => 9),
    ...extra("gradient-norm", (step) => Math.exp(-step / 200), { parts: { half: { value: 0.5 } } }),
    ...extra("of-another-package", () => -3, { standardError: 0.4, margin: 1 }),
  ];
  const panels = otherPanels(openRun({ ...lowered, records }), THEMED, SIZE).map((panel) => ({
    title: panel.label.replace(" against training steps", ""),
    svg: parseSvg(svgMarkup(panel)),
  }));

  it("has one for each quantity and each further number, and none for what has its own figure", () => {
    expect(panels.map(({ title }) => title)).toEqual([
      "full-gauss-newton",
      "gradient-norm",
      "of-another-package",
      "gradient-norm: half",
    ]);
    expect(otherPanels(lowered, THEMED, SIZE)).toEqual([]);
  });

  it("compares what is sharpness with the threshold, and nothing else", () => {
    const [sharp, ...rest] = panels;
    const y = pixelOf(sharp!.svg, "y");
    const heights = vertices(linePath(sharp!.svg, "2/η")!).map((point) => point.y);
    expect(Math.abs(heights[0]! - y(10))).toBeLessThan(0.5);
    expect(Math.abs(heights.at(-1)! - y(20))).toBeLessThan(0.5);
    for (const { svg } of rest) expect(linePath(svg, "2/η")).toBeNull();
  });

  it("takes the unit that records declare, also of a quantity that is not built in", () => {
    const drawn = (unit: string) => {
      const theirs = extra("of-another-package", () => 9, { unit });
      const [panel] = otherPanels(
        openRun({ ...lowered, records: [...lowered.records, ...theirs] } as Run),
        THEMED,
        SIZE,
      );
      return parseSvg(svgMarkup(panel!));
    };
    const norm = drawn("gradient²");
    expect(norm.textContent).toContain("(loss / parameter)²");
    expect(linePath(norm, "2/η")).toBeNull();
    const sharp = drawn("sharpness");
    expect(sharp.textContent).toContain("sharpness (loss / parameter²)");
    expect(linePath(sharp, "2/η")).not.toBeNull();
  });

  it("draws the 95 % interval of the record, not its standard error", () => {
    const { svg } = panels[2]!;
    const y = pixelOf(svg, "y", (label) => Number(label.replace("−", "-")));
    const band = vertices(
      svg.querySelector('path[aria-label="error of of-another-package"]')!.getAttribute("d")!,
    );
    const heights = band.map((point) => point.y).sort((a, b) => a - b);
    expect(Math.abs(heights[0]! - y(-2))).toBeLessThan(0.5);
    expect(Math.abs(heights.at(-1)! - y(-4))).toBeLessThan(0.5);
  });
});
