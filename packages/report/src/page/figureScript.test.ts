import { readFileSync } from "node:fs";
import { openRun, withError } from "@eoss/run";
import { errorOf } from "@eoss/sharpness";
import { parseHTML } from "linkedom";
import { describe, expect, it } from "vitest";
import { syntheticRun } from "../../../run/src/syntheticRun.fixture.js";
import { generated } from "../../pageScript/build.mjs";
import { type DataPoint, dataAttribute } from "../figures/figureData.js";
import { linePath, numbersIn, type ParsedSvg, vertices } from "../figures/svg.fixture.js";
import { FIGURE_SCRIPT } from "./figureScript.generated.js";
import { renderReport } from "./report.js";

const rounded = (error: number | null) => error && Number(error.toPrecision(4));
const run = syntheticRun({ steps: 2000, every: 100 });

describe("the script of figures", () => {
  it("is what its modules make, and small", () => {
    const file = new URL("./figureScript.generated.ts", import.meta.url);
    expect(readFileSync(file, "utf8"), "node packages/report/pageScript/build.mjs").toBe(
      generated(),
    );
    expect(Buffer.byteLength(FIGURE_SCRIPT.text)).toBeLessThan(12_000);
    // It would end its own element, or make markup of what it reads.
    expect(FIGURE_SCRIPT.text).not.toMatch(/<\/|insertAdjacent|document\.write|eval\(/);
  });
});

describe("the data of a figure", () => {
  const axis = { name: "a", log: false, domain: [0, 1], range: [0, 1] } as const;
  const style = { label: "l", color: "ink", dash: "none" } as const;
  const kept = (points: readonly DataPoint[]) => {
    const { document } = parseHTML(
      `<p${dataAttribute({ x: axis, y: axis, series: [{ style, points }] })}>`,
    );
    return JSON.parse(document.querySelector("p")!.getAttribute("data-figure")!).s[0].slice(3, 6);
  };

  it("holds what stands before ±, however small the error is", () => {
    for (const error of [3e-1, 3e-4, 3e-7, 3.3e-5, 0, null]) {
      const value = 12.3456789012345;
      const [[x], [v], [e = Number.NaN]] = kept([{ x: 7, value, error }]);
      expect(x).toBe(7);
      expect(withError(v, e)).toBe(withError(value, error ?? Number.NaN));
    }
  });

  it("holds places that are not even, and leaves out what is no number", () => {
    const points = [0, 1, 2, 4, 8].map((x) => ({
      x,
      value: x === 2 ? Number.NaN : x,
      error: null,
    }));
    expect(kept(points)).toEqual([[0, 1, 4, 8], [0, 1, 4, 8], []]);
    const even = [10, 20, 30, 40].map((x) => ({ x, value: x, error: x }));
    expect(kept(even)).toEqual([[[10, 10, 4]], [10, 20, 30, 40], [10, 20, 30, 40]]);
  });
});

describe("the numbers of a figure in a page", () => {
  const { document } = parseHTML(renderReport([run]));
  const svg = document.querySelector(".wide svg")! as unknown as ParsedSvg;
  const data = JSON.parse(svg.getAttribute("data-figure")!);

  it("are those of the records, each with its error, and stand where they are drawn", () => {
    const opened = openRun(run);
    expect(data.s.map(([name]: [string]) => name)).toEqual([
      "mini-batch sharpness (MiniBS)",
      "full-batch sharpness (FullBS)",
      "batch sharpness",
    ]);
    const at = (axis: [string, number, number[], number[]], value: number) => {
      const [, , [d0, d1], [p0, p1]] = axis as [string, number, [number, number], [number, number]];
      return p0 + ((value - d0) / (d1 - d0)) * (p1 - p0);
    };
    for (const [i, quantity] of ["minibs", "fullbs", "batch-sharpness"].entries()) {
      const [name, , , [[first, every, count]], values, errors] = data.s[i];
      const steps = Array.from({ length: count }, (_, k) => first + k * every);
      const records = opened.recordsOf(quantity);
      expect(steps).toEqual(records.map(({ step }) => step));
      const drawn = vertices(linePath(svg, name)!);
      for (const [k, record] of records.entries()) {
        const error = errorOf(record) ?? Number.NaN;
        // To a reader they are the same numbers.
        expect(withError(values[k], errors[k] ?? Number.NaN)).toBe(withError(record.value!, error));
        expect(Math.abs(values[k] - record.value!)).toBeLessThan(1e-5 * record.value!);
        expect(errors[k] ?? null).toBe(rounded(errorOf(record)));
        expect(Math.abs(drawn[k]!.x - at(data.x, steps[k]))).toBeLessThan(0.1);
        expect(Math.abs(drawn[k]!.y - at(data.y, values[k]))).toBeLessThan(0.1);
      }
    }
    expect(numbersIn(svg.getAttribute("viewBox")!)).toHaveLength(4);
  });
});
