import type { StaticAt } from "@eoss/lab";
import { LIGHT } from "@eoss/report";
import { FIGURE_SCRIPT } from "@eoss/report/internal";
import { openRun, withError } from "@eoss/run";
import { parseHTML } from "linkedom";
import { describe, expect, it } from "vitest";
import { numbersIn, parseSvg, pixelOf } from "../../../report/src/figures/svg.fixture.js";
import { syntheticRun } from "../../../run/src/syntheticRun.fixture.js";
import { stepRows } from "../recipes/plots/rows.js";
import type { StepsPlot } from "../recipes/plots/schema.js";
import { stepsFigure } from "../recipes/plots/stepsFigure.js";
import { runStyles } from "../recipes/plots/styles.js";
import type { SweepNumbers } from "../sweep/report/numbers.js";
import { sweepFigures } from "../sweep/report/sweepFigures.js";
import { staticFigures } from "./staticFigures.js";
import { staticPage } from "./staticPage.js";

const measurement = (value: number, error: number) =>
  ({ value, margin: error, status: "converged" }) as unknown as StaticAt["fullbs"];

const SIZES = [1, 4, 16, 64];
const fit = { exponent: 0.5, interval: [0.4, 0.6], amplitude: 8, systematic: 0.02, fitted: SIZES };

/** MiniBS = 6 + 8/√b, with the gap of the largest batch below zero. */
const curve = {
  step: 400,
  samples: 256,
  fullbs: measurement(6, 0.1),
  points: SIZES.map((batchSize) => ({
    batchSize,
    minibs: measurement(6 + 8 / Math.sqrt(batchSize), 0.2),
    gap: measurement(batchSize === 64 ? -0.1 : 8 / Math.sqrt(batchSize), 0.2),
    bernstein: 50 / Math.sqrt(batchSize),
  })),
  plain: fit,
  bernstein: { kind: "bound" },
  comparisons: {
    fullbs: { matrix: "hessian", value: 5, formula: "2/η", words: "" },
    minibs: { matrix: "hessian", value: 20, formula: "2/η", words: "" },
  },
} as unknown as StaticAt;

const reading = { value: 1.2, standardError: 0.01, errorBound: 0, margin: 0.02 };
const sweepRun = (batch: number, model: string) => ({
  name: `b${batch}-${model}`,
  settings: { batch, model },
  batchSize: batch,
  threshold: "2/η",
  relative: { minibs: { ...reading, value: 1 + 1 / batch } },
});
const RUNS = ["./a.js", "./b.js"].flatMap((model) => [4, 16].map((b) => sweepRun(b, model)));
const sweep = {
  directory: "sweep",
  varied: ["batch", "model"],
  runs: RUNS,
  curves: {
    batch: [
      {
        quantity: "minibs - fullbs",
        group: "model a.js",
        points: [4, 16].map((x) => ({ runs: [`b${x}`], x, ...reading, value: 8 / x })),
        fit: { ...fit, exponent: 1, fitted: [4, 16] },
        error: 0.1,
      },
    ],
  },
} as unknown as SweepNumbers;

const widthOf = (svg: string) => Number(parseSvg(svg).getAttribute("width"));

/** How far the content of an SVG reaches to the right, by the places of its groups and letters. */
function reach(svg: string): number {
  const at = [...svg.matchAll(/translate\(([\d.]+),/g)].map(([, x]) => Number(x));
  return Math.max(...at);
}

describe("figures of every kind", () => {
  const steps: StepsPlot = {
    ...{ kind: "steps", name: "p", of: ["minibs", "fullbs"], panels: "run" },
    ...{ unit: "threshold", log: false, dots: false },
  };
  const runs = new Map(
    [0.1, 0.2, 0.3, 0.4].map((lr) => [`lr${lr}`, openRun(syntheticRun({ steps: 200, lr }))]),
  );
  const recipe = (width: number) => {
    const rows = stepRows(steps, [{ runs, parents: new Map(), statics: new Map() }]);
    return [{ svg: stepsFigure(steps, rows, { title: "t", unit: "2/η", palette: LIGHT, width }) }];
  };

  it.each([
    ["a static curve", staticFigures(curve)],
    ["a sweep", sweepFigures(sweep)],
    ["a recipe", recipe],
  ])("of %s are as wide as they are asked for, and nothing in them is wider", (_, source) => {
    for (const width of [312, 351, 624, 1200]) {
      const figures = source(width);
      expect(figures.length).toBeGreaterThan(0);
      for (const { svg } of figures) {
        expect(widthOf(svg)).toBe(width);
        expect(reach(svg)).toBeLessThan(width);
      }
    }
  });

  it("have looks that print without colour", () => {
    const names = Array.from({ length: 18 }, (_, i) => `run ${i}`);
    const styles = [...runStyles(names).values()];
    const gray = styles.slice(0, 9).map(({ dash, symbol }) => `${dash} ${symbol}`);
    expect(new Set(gray).size).toBe(9);
    expect(new Set(styles.map((style) => Object.values({ ...style, label: "" }).join())).size).toBe(
      18,
    );
  });
});

describe("figures of a static curve", () => {
  const [minibs, gap] = staticFigures(curve)(624);

  it("have names, and all numbers as rows", () => {
    expect([minibs!.name, gap!.name]).toEqual([
      "minibs-against-batch-size",
      "gap-against-batch-size",
    ]);
    expect(minibs!.rows).toHaveLength(SIZES.length + 1);
    expect(minibs!.rows.at(-1)).toMatchObject({ quantity: "fullbs", batchSize: 256, value: 6 });
    expect(gap!.rows[1]).toMatchObject({ batchSize: 4, value: 4, error: 0.2, bernstein: 25 });
    expect(gap!.rows[1]).toMatchObject({ law_power: -0.5, law_amplitude: 8 });
  });

  it("draw FullBS and the threshold where they are, and say what has no place", () => {
    const svg = parseSvg(minibs!.svg);
    const y = pixelOf(svg, "y", (label) => Math.log(Number(label)));
    const levels = [...svg.querySelectorAll('[aria-label="rule"] line[y1]')]
      .filter((line) => line.getAttribute("x1") !== line.getAttribute("x2"))
      .map((line) => numbersIn(line.getAttribute("y1")!)[0]!);
    expect(levels).toHaveLength(2);
    for (const [i, level] of [6, 20].entries()) {
      expect(Math.abs(levels[i]! - y(Math.log(level)))).toBeLessThan(0.1);
    }
    expect(svg.textContent).toContain("FullBS");
    expect(svg.textContent).toContain("2/η = 20");
    expect(minibs!.rows[0]).toMatchObject({ threshold: 20, threshold_formula: "2/η" });
    const adam = { matrix: "none", value: Number.NaN, words: "none" };
    const [without] = staticFigures({
      ...curve,
      comparisons: { fullbs: adam, minibs: adam },
    } as never)(624);
    expect(without!.svg).not.toContain("2/η");
    expect(gap!.svg).toContain("Not drawn on logarithmic axes: 1 not positive");
    // Of the interval of the fit and of what the error of FullBS adds.
    expect(parseSvg(gap!.svg).textContent).toMatch(/b\^\(−0\.50\s±\s0\.12\)/);
  });
});

describe("figures of a sweep", () => {
  it("have names, and all numbers as rows", () => {
    const figures = sweepFigures(sweep)(624);
    expect(figures.map(({ name }) => name)).toEqual([
      "sharpness-against-batch-size",
      "gap-against-batch-size",
    ]);
    expect(figures[0]!.rows).toHaveLength(4);
    expect(figures[0]!.rows[0]).toMatchObject({ group: "model a.js", batch: 4, value: 1.25 });
    expect(figures[1]!.rows[1]).toMatchObject({ run: "b16", batch: 16, value: 0.5, law_power: -1 });
  });
});

describe("the page of a static curve", () => {
  const run = openRun(syntheticRun());
  const comparisons = {
    fullbs: run.comparison("fullbs", 400),
    minibs: run.comparison("minibs", 400),
  };
  const text = staticPage({ ...curve, comparisons }, "b16 <first>");
  const { document } = parseHTML(text);

  it("has both figures with their numbers, and the script that names points", () => {
    expect(document.querySelector("h1")!.textContent).toBe(
      "Sharpness against the batch size: b16 <first>, step 400",
    );
    expect(document.querySelectorAll("figure svg")).toHaveLength(2);
    const data = [...document.querySelectorAll("figure [data-figure]")];
    expect(data).toHaveLength(2);
    expect(data[0]!.getAttribute("data-figure")).toContain("MiniBS");
    expect(text).toContain(FIGURE_SCRIPT.text);
  });

  it("has the numbers of each batch size", () => {
    const rows = [...document.querySelectorAll("tbody tr")].map((row) =>
      [...row.children].map((cell) => cell.textContent),
    );
    expect(rows.map(([b]) => b)).toEqual(SIZES.map(String));
    expect(rows[2]).toEqual([
      "16",
      withError(8, 0.2),
      withError(2, 0.2),
      withError(12.5, 0),
      "converged",
    ]);
  });
});
