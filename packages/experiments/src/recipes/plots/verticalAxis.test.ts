import { comparisonFigureSvg, LIGHT } from "@eoss/report";
import {
  type Figure,
  linearAxis,
  logAxis,
  lossFigure,
  otherPanels,
  quantityPanel,
  rootStyle,
  sharpnessFigure,
  svgMarkup,
  THRESHOLD,
  textWidth,
} from "@eoss/report/internal";
import { openRun, type Run } from "@eoss/run";
import { describe, expect, it } from "vitest";
import { parseSvg } from "../../../../report/src/figures/svg.fixture.js";
import { syntheticRun } from "../../../../run/src/syntheticRun.fixture.js";
import { powerLawPanel } from "./powerLawPanel.js";
import type { StepsPlot } from "./schema.js";
import { stepsFigure } from "./stepsFigure.js";

const SIZE = { width: 400, height: 280 };
const STYLE = rootStyle("curve");
const STEPS: Omit<StepsPlot, "unit" | "log"> = {
  kind: "steps",
  name: "p",
  of: ["q"],
  panels: "quantity",
  dots: false,
};

/** Values that outgrow an axis made for numbers like 12.5. */
const COURSES: Readonly<Record<string, readonly number[]>> = {
  "a constant with rounding": [2, 2.0000002, 1.9999998],
  "a constant": [2, 2, 2],
  "zero throughout": [0, 0, 0],
  "a large constant": [1_234_567, 1_234_567, 1_234_567],
  "tens of thousands": [10_000, 42_000, 61_000],
  "millions that hardly move": [1e6, 1.0003e6, 1.0001e6],
  "negative values": [-0.5, -120, 30],
  "small values": [1e-5, 3e-5, 2e-5],
  "tiny values": [-1e-9, 3e-9, 2e-9],
  "huge values": [1e30, 2e30, 1.5e30],
  "many decades": [1e-12, 1, 1e12],
  "two decades": [1, 20, 150],
  "a narrow range far from zero": [100.01, 100.02, 100.015],
};

const seriesOf = (values: readonly number[]) =>
  values.map((value, i) => ({ step: 100 * i, value, errorBound: undefined }));

/** A run whose every quantity takes these values in turn. */
function runOf(values: readonly number[]) {
  const run = syntheticRun({ steps: 200, every: 100, batchesEach: 3 });
  const records = run.records.map((record) => {
    const value = values[Math.min(2, Math.floor(record.step / 100))]!;
    return { ...record, value, standardError: 0, errorBound: 0, batches: [value] };
  });
  return openRun({ ...run, records });
}

/** The labels of the vertical axis, and how far to the left each reaches. */
function labelsOf(svg: string) {
  return [...parseSvg(svg).querySelectorAll('[aria-label="y-axis tick label"] text')].map(
    (label) => {
      const text = label.textContent!;
      const [x] = /translate\((-?[\d.]+)/.exec(label.getAttribute("transform")!)!.slice(1);
      return {
        text,
        left: Number(x) - 9 - (label.hasAttribute("transform") ? textWidth(text) : 0),
      };
    },
  );
}

const svgOf = ({ figure }: { readonly figure: Figure | null }) => figure && svgMarkup(figure);

describe("the vertical axis of every figure", () => {
  for (const [name, values] of Object.entries(COURSES)) {
    const run = runOf(values);
    const rows = values.map((value, i) => ({ run: "a", quantity: "q", step: 100 * i, value }));
    const curve = { style: STYLE, series: seriesOf(values), levels: [], look: THRESHOLD };
    const drawn: Record<string, () => string | null> = {
      quantityPanel: () =>
        svgMarkup(
          quantityPanel({
            title: "t",
            axis: "a",
            label: "l",
            curves: [curve],
            marks: [],
            domain: [0, 200],
            palette: LIGHT,
            size: SIZE,
          }),
        ),
      sharpnessFigure: () => svgOf(sharpnessFigure(run, LIGHT, SIZE, 10)),
      lossFigure: () => svgOf(lossFigure(run, LIGHT, SIZE)),
      comparisonFigure: () => comparisonFigureSvg([run]),
      stepsFigure: () =>
        stepsFigure({ ...STEPS, unit: "none", log: false }, rows, {
          title: "t",
          unit: "2/η",
          palette: LIGHT,
        }),
      powerLawPanel: () =>
        svgMarkup(
          powerLawPanel(
            [
              {
                style: STYLE,
                points: values
                  .filter((value) => value > 0)
                  .map((value, i) => ({ x: 2 ** i, value, margin: 0 })),
              },
            ],
            { label: "l", x: {}, y: "y", size: SIZE, palette: LIGHT },
          ),
        ),
    };
    for (const [figure, draw] of Object.entries(drawn)) {
      it(`${figure} of ${name} has labels that are whole and tell ticks apart`, () => {
        const svg = draw();
        if (svg === null) return expect(values.every((value) => !(value > 0))).toBe(true);
        const labels = labelsOf(svg);
        const texts = labels.map(({ text }) => text);
        expect(labels.length).toBeGreaterThan(0);
        expect(new Set(texts).size).toBe(texts.length);
        for (const { text, left } of labels) {
          expect(text).toMatch(/^−?\d/);
          expect(left).toBeGreaterThan(-2);
        }
      });
    }
  }
});

describe("linearAxis", () => {
  it("does not zoom into the rounding of a constant", () => {
    const [low, high] = linearAxis(1.9999999, 2.0000001).scale.domain;
    expect(high - low).toBeGreaterThan(0.005);
    expect(linearAxis(1.9, 2.1).scale.domain).toEqual([1.9, 2.1]);
  });
});

describe("logAxis", () => {
  it("says so in the title of the axis, as no linear axis does", () => {
    expect(logAxis(1, 100).suffix).toBe(" (log scale)");
    expect(linearAxis(1, 100).suffix).toBe("");
    const run = runOf([1, 20, 500]);
    expect(parseSvg(svgOf(lossFigure(run, LIGHT, SIZE))!).textContent).toContain("(log scale)");
  });
});

describe("lines of one panel", () => {
  it("are told apart and named", () => {
    const run = syntheticRun({ steps: 200, every: 100, batchesEach: 3 });
    const records = run.records.map((record) =>
      record.quantity === "fullbs"
        ? { ...record, parts: { eigenvalues: { value: [3, 2, 1], errorBound: [0, 0, 0] } } }
        : record,
    );
    const panel = otherPanels(openRun({ ...run, records } as Run), LIGHT, SIZE).find(({ label }) =>
      label.startsWith("fullbs: eigenvalues"),
    )!;
    const svg = parseSvg(svgMarkup(panel));
    for (const name of ["1st", "2nd", "3rd"]) expect(svg.textContent).toContain(name);
    const strokes = [...svg.querySelectorAll('[aria-label="line"] path')].map((path) =>
      path.parentElement!.getAttribute("stroke"),
    );
    expect(new Set(strokes).size).toBe(3);
  });
});

describe("values without a place in a figure", () => {
  const look = { title: "t", unit: "2/η", palette: LIGHT };
  const rowsOf = (values: readonly number[]) =>
    values.map((value, i) => ({ run: "a", quantity: "q", step: i, value }));

  it("are counted under it", () => {
    const usual = Array.from({ length: 60 }, () => 1);
    const linear = stepsFigure(
      { ...STEPS, unit: "none", log: false },
      rowsOf([...usual, 99]),
      look,
    );
    expect(linear).toContain("1 value is above the axis");
    const log = stepsFigure({ ...STEPS, unit: "none", log: true }, rowsOf([1, 2, -1, 0]), look);
    expect(log).toContain("2 values are not positive");
    const whole = stepsFigure({ ...STEPS, unit: "none", log: false }, rowsOf([1, 2, 3]), look);
    expect(whole).not.toMatch(/value is|values are/);
  });
});
