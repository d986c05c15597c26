import { openRun, type Run } from "@eoss/run";
import { errorOf } from "@eoss/sharpness";
import { describe, expect, it } from "vitest";
import { syntheticRun } from "../../../run/src/syntheticRun.fixture.js";
import { sharpnessCaption } from "../page/sharpnessCaption.js";
import { comparisonFigureSvg, comparisonPanels } from "./comparisonFigure.js";
import { axisTop, type Figure, svgMarkup } from "./figure.js";
import { lossFigure } from "./lossFigure.js";
import { LIGHT, THEMED } from "./palette.js";
import { sharpnessFigure } from "./sharpnessFigure.js";
import {
  numbersIn as numbers,
  type ParsedSvg,
  parseSvg,
  linePath as pathOf,
  pixelOf,
  vertices,
} from "./svg.fixture.js";

const SIZE = { width: 820, height: 420 };
const run = syntheticRun({ steps: 2000, every: 100, batchesEach: 24 });
const withRecords = (records: Run["records"]) => openRun({ ...run, records });

const parse = parseSvg;
const parseFigure = ({ figure }: { readonly figure: Figure | null }) => parse(svgMarkup(figure!));
const scaleY = (svg: ParsedSvg) => pixelOf(svg, "y");
const linePath = (svg: ParsedSvg, label: string) => pathOf(svg, label)!;

describe("sharpnessFigure", () => {
  const figure = sharpnessFigure(run, THEMED, SIZE, 4000);
  const svg = parseFigure(figure);

  it("draws the line 2/η at its height, and names it", () => {
    const drawn = vertices(linePath(svg, "2/η"));
    expect(drawn).toHaveLength(2);
    for (const { y } of drawn) expect(Math.abs(y - scaleY(svg)(10))).toBeLessThan(0.1);
    expect(svg.textContent).toContain("2/η = 10");
    expect(svg.textContent).toContain("sharpness (loss / parameter²)");
    expect(svg.textContent).toContain("training step");
    expect(svg.getAttribute("aria-label")).toBe(
      "Sharpness against training steps: mlp on digits, b = 16, η = 0.2",
    );
  });

  it("draws each quantity through all of its values", () => {
    const names = {
      minibs: "mini-batch sharpness (MiniBS)",
      fullbs: "full-batch sharpness (FullBS)",
      "batch-sharpness": "batch sharpness",
    };
    const y = scaleY(svg);
    for (const [quantity, label] of Object.entries(names)) {
      const values = run.records.filter((record) => record.quantity === quantity);
      const drawn = vertices(linePath(svg, label));
      expect(drawn).toHaveLength(21);
      for (const [i, { value }] of values.entries()) {
        expect(Math.abs(drawn[i]!.y - y(value!))).toBeLessThan(0.1);
      }
    }
  });

  it("shows where a run that diverged passed its threshold, however high it rose", () => {
    const end = { reason: "diverged", step: 2000, message: "" } as const;
    const soaring = openRun({
      ...run,
      manifest: { ...run.manifest, end },
      records: run.records.map((record) =>
        record.quantity !== "fullbs"
          ? record
          : { ...record, value: record.step === 500 ? -3 : 2 * 1.02 ** record.step },
      ),
    });
    const drawn = sharpnessFigure(soaring, THEMED, SIZE, 10);
    const svg = parseFigure(drawn);
    const { log, domain, range } = drawn.figure!.data!.y;
    expect(log).toBe(true);
    const y = (value: number) =>
      range[0] +
      (Math.log(value / domain[0]) / Math.log(domain[1] / domain[0])) * (range[1] - range[0]);
    const line = vertices(linePath(svg, "full-batch sharpness (FullBS)"));
    expect(Math.abs(line.at(-1)!.y - y(2 * 1.02 ** 2000))).toBeLessThan(0.1);
    // From 2 to 2/η = 10 and from there to 3e17: both parts of the way can be seen.
    expect(line[0]!.y - y(10)).toBeGreaterThan(5);
    expect(y(10) - line.at(-1)!.y).toBeGreaterThan(200);
    expect(line.every(({ y }) => Number.isFinite(y) && y <= SIZE.height)).toBe(true);
    expect(line).toHaveLength(21);
    expect(drawn.notes.join()).toContain("The axis is logarithmic, since the run diverged");
    expect(sharpnessFigure(withRecords(run.records), THEMED, SIZE, 10).notes.join()).not.toContain(
      "logarithmic",
    );
  });

  it("draws MiniBS with its 95 % interval and FullBS ± its bound as bands", () => {
    const y = scaleY(svg);
    const outline = (label: string) =>
      vertices(svg.querySelector(`path[aria-label="error of ${label}"]`)!.getAttribute("d")!);
    const expectOutline = (label: string, quantity: string, halfWidth: (r: never) => number) => {
      const values = run.records.filter((record) => record.quantity === quantity);
      const drawn = outline(label);
      expect(drawn).toHaveLength(2 * values.length);
      for (const [i, record] of values.entries()) {
        const half = halfWidth(record as never);
        const edges = [drawn[i]!.y, drawn.at(-1 - i)!.y].sort((a, b) => b - a);
        expect(Math.abs(edges[0]! - y(record.value! - half))).toBeLessThan(0.1);
        expect(Math.abs(edges[1]! - y(record.value! + half))).toBeLessThan(0.1);
      }
    };
    expectOutline(
      "mini-batch sharpness (MiniBS)",
      "minibs",
      (r: { standardError: number; errorBound?: number }) => errorOf(r)!,
    );
    expectOutline(
      "full-batch sharpness (FullBS)",
      "fullbs",
      (r: { errorBound: number }) => r.errorBound,
    );
  });

  it("draws every single batch, or says how many of them", () => {
    const cloud = (figure: { figure: Figure | null }) =>
      parseFigure(figure)
        .querySelector('path[aria-label^="single batches"]')!
        .getAttribute("d")!
        .split("h0").length - 1;
    expect(cloud(figure)).toBe(21 * 24);
    expect(figure.notes).toEqual([]);
    const thinned = sharpnessFigure(run, THEMED, SIZE, 100);
    expect(cloud(thinned)).toBe(100);
    expect(thinned.notes).toEqual(["100 of 504 single batches are drawn, evenly spaced."]);
  });

  it("leaves a gap where a value is missing", () => {
    const records = run.records.map((record) =>
      record.step === 1000 ? { ...record, value: null } : record,
    );
    const broken = parseFigure(sharpnessFigure(withRecords(records), THEMED, SIZE, 100));
    const path = linePath(broken, "full-batch sharpness (FullBS)");
    expect(vertices(path)).toHaveLength(20);
    expect(path.split("M")).toHaveLength(3); // two pieces
  });

  it("puts an outlier on the upper edge instead of flattening the rest, and says so", () => {
    const records = run.records.map((record) =>
      record.quantity === "fullbs" && record.step === 2000 ? { ...record, value: 5e6 } : record,
    );
    const { figure, notes } = sharpnessFigure(withRecords(records), THEMED, SIZE, 4000);
    const y = scaleY(parse(svgMarkup(figure!)));
    expect(y(0) - y(10)).toBeGreaterThan(100);
    expect(notes.join()).toMatch(
      /On the upper edge: \d+ values above \d+\.?\d*, the highest 5\.00e6/,
    );
  });

  it("marks where a run diverged", () => {
    const diverged = syntheticRun({ steps: 2000, every: 100, end: "diverged" });
    expect(parseFigure(sharpnessFigure(diverged, THEMED, SIZE, 10)).textContent).toContain(
      "diverged",
    );
    expect(svg.textContent).not.toContain("diverged");
  });

  it("works with any part of the quantities, and with none", () => {
    for (const quantity of ["minibs", "fullbs", "batch-sharpness"]) {
      const records = run.records.filter((record) => record.quantity === quantity);
      const drawn = parseFigure(sharpnessFigure(withRecords(records), THEMED, SIZE, 10));
      const lines = [...drawn.querySelectorAll('[aria-label="line"] path')];
      const labels = lines.map((path) => path.getAttribute("aria-label"));
      expect(labels.filter((label) => label !== "2/η")).toHaveLength(1);
    }
    expect(sharpnessFigure(withRecords([]), THEMED, SIZE, 10).figure).toBeNull();
    const lost = run.records.map((record) => ({ ...record, value: null, batches: undefined }));
    expect(sharpnessFigure(withRecords(lost), THEMED, SIZE, 10).figure).toBeNull();
  });

  it("explains a full-batch run as gradient descent", () => {
    const full = syntheticRun({ batchSize: 1536, steps: 10 });
    expect(sharpnessCaption(full)).toMatch(
      /Full-batch descent is stable while FullBS stays below 2\/η = 10/,
    );
    expect(sharpnessCaption(run)).toMatch(/^Each dot is λmax of the loss of one batch/);
  });
});

describe("lossFigure", () => {
  it("has a logarithmic axis: decades have equal lengths", () => {
    const svg = parseFigure(lossFigure(run, THEMED, SIZE));
    const ticks = [...svg.querySelector('[aria-label="y-axis tick label"]')!.children];
    expect(ticks.map((text) => text.textContent)).toEqual(["10⁻³", "10⁻²", "10⁻¹", "10⁰"]);
    const y = ticks.map((text) => numbers(text.getAttribute("transform")!)[1]!);
    expect(y[0]! - y[1]!).toBeCloseTo(y[2]! - y[3]!, 1);
    const drawn = vertices(linePath(svg, "loss of all training samples"));
    const first = run.records.find(({ quantity }) => quantity === "loss")!.value!;
    expect(drawn[0]!.y - y[3]!).toBeCloseTo(-Math.log10(first) * (y[2]! - y[3]!), 1);
  });

  it("averages the losses of the steps when they are many, and says over how many", () => {
    const { figure, caption } = lossFigure(run, THEMED, SIZE);
    expect(
      vertices(linePath(parse(svgMarkup(figure!)), "loss of the training batches")),
    ).toHaveLength(500);
    expect(caption).toContain("the mean of 4 successive steps");
  });

  it("works without one kind of loss, without both, and with a constant loss", () => {
    const only = (quantity: string) =>
      lossFigure(withRecords(run.records.filter((r) => r.quantity === quantity)), THEMED, SIZE);
    expect(only("loss").caption).not.toContain("Thin");
    expect(only("step-loss").caption).not.toContain("Thick");
    expect(only("fullbs").figure).toBeNull();
    const constant = run.records.map((record) => ({ ...record, value: 0.5 }));
    expect(lossFigure(withRecords(constant), THEMED, SIZE).figure!.content).not.toContain("NaN");
    const zero = run.records.map((r) => (r.step > 1000 ? { ...r, value: 0 } : r));
    expect(lossFigure(withRecords(zero), THEMED, SIZE).caption).toContain("not positive");
  });
});

describe("comparison", () => {
  const runs = [
    run,
    syntheticRun({ batchSize: 64, steps: 2000, lr: 0.1, levels: { minibs: 1, fullbs: 0.7 } }),
    syntheticRun({ batchSize: 1536, steps: 500, levels: { minibs: 1, fullbs: 1 } }),
  ];

  it("gives all panels one vertical scale, with 1 at the threshold", () => {
    const { panels } = comparisonPanels(runs, THEMED, SIZE);
    const heights = panels.map((panel) => {
      const svg = parse(svgMarkup(panel));
      const rule = Number(svg.querySelector('[aria-label="rule"] line')!.getAttribute("y1"));
      expect(Math.abs(rule - scaleY(svg)(1))).toBeLessThan(0.1);
      return rule;
    });
    expect(new Set(heights).size).toBe(1);
  });

  it("draws sharpness over 2/η", () => {
    const svg = parse(svgMarkup(comparisonPanels(runs, THEMED, SIZE).panels[1]!));
    const drawn = vertices(linePath(svg, "full-batch sharpness (FullBS)")).at(-1)!;
    const last = runs[1]!.records.filter(({ quantity }) => quantity === "fullbs").at(-1)!;
    expect(Math.abs(drawn.y - scaleY(svg)(last.value! / 20))).toBeLessThan(0.1);
  });

  it("stands alone as SVG: a panel a run, literal colours, a background, nothing from outside", () => {
    const text = comparisonFigureSvg(runs);
    const svg = parse(text);
    const titles = ["b = 16, η = 0.2", "b = 64, η = 0.1", "full batch, η = 0.2"];
    for (const title of titles) expect(svg.textContent).toContain(title);
    expect(svg.querySelectorAll('[aria-label="rule"]')).toHaveLength(3);
    expect(svg.querySelector("rect")!.getAttribute("fill")).toBe(LIGHT.page);
    expect(svg.getAttribute("xmlns")).toBe("http://www.w3.org/2000/svg");
    expect(text).not.toMatch(/var\(|NaN|undefined|href|url\(|<script/);
    const [, , width, height] = svg.getAttribute("viewBox")!.split(" ").map(Number);
    expect(width).toBeGreaterThanOrEqual(900);
    expect(height).toBeLessThan(450);
  });

  it("says of a run without measurements that there are none", () => {
    expect(comparisonFigureSvg([run, withRecords([])])).toContain("not measured");
    expect(comparisonFigureSvg([])).toContain("</svg>");
  });
});

describe("axisTop", () => {
  it("holds every value, unless a few are far above all others", () => {
    const values = Array.from({ length: 100 }, (_, i) => i / 10);
    expect(axisTop(values, 5)).toBeCloseTo(9.9 * 1.05);
    expect(axisTop(values, 40)).toBe(40);
    expect(axisTop([...values, 1e9], 5)).toBeLessThan(13);
    expect(axisTop([Number.NaN], 5)).toBe(5);
  });
});
