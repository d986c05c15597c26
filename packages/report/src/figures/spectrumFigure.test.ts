import { type OpenedRun, openRun } from "@eoss/run";
import { parseHTML } from "linkedom";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { syntheticRun } from "../../../run/src/syntheticRun.fixture.js";
import { decoded, Panel } from "../../pageScript/panel.js";
import { svgMarkup } from "./figure.js";
import { LIGHT } from "./palette.js";
import { spectrumPanels } from "./spectrumFigure.js";
import { linePath, numbersIn, parseSvg, pixelOf, vertices } from "./svg.fixture.js";

const SIZE = { width: 400, height: 280 };
const base = syntheticRun({ steps: 200, every: 100, lr: 0.4 });

type Parts = OpenedRun["records"][number]["parts"];

/** A bulk around 0 and one peak, on a grid of 1. */
const spectrum = (peak: number): Parts => {
  const lambda = Array.from({ length: 12 }, (_, i) => i - 3);
  const value = lambda.map((x) => 10 ** (-Math.abs(x) / 2) + (x === peak ? 0.5 : 0));
  return {
    lambda: { value: lambda },
    density: { value, margin: value.map((y) => y / 2) },
    width: { value: 1 },
  };
};

const withDensities = (all: ReadonlyArray<readonly [step: number, parts: Parts]>) => {
  const [like] = base.recordsOf("fullbs");
  return openRun({
    ...base,
    records: all.map(([step, parts]) => ({ ...like!, step, quantity: "density", parts: parts! })),
  });
};

const panelsOf = (run: OpenedRun) =>
  spectrumPanels(run, LIGHT, SIZE).map((panel) => parseSvg(svgMarkup(panel)));

/** "10⁻³" is 0.001, as its power. */
const powerOf = (label: string) => {
  const digits = "⁰¹²³⁴⁵⁶⁷⁸⁹";
  const text = label.slice(2).replace("⁻", "-");
  return Number([...text].map((sign) => (sign === "-" ? "-" : digits.indexOf(sign))).join(""));
};

describe("a density", () => {
  it("is drawn through its values on a logarithmic axis, beside that of the first step", () => {
    const [panel] = panelsOf(withDensities([[0, spectrum(2)], [200, spectrum(7)]])); // biome-ignore format: pairs
    const [x, y] = [pixelOf(panel!, "x", label), pixelOf(panel!, "y", powerOf)];
    const drawn = vertices(linePath(panel!, "Spectral density density at step 200")!);
    const { lambda, density } = spectrum(7)! as Record<string, { value: number[] }>;
    // d of the run puts the floor far below all of these.
    expect(drawn).toHaveLength(12);
    for (const [i, point] of drawn.entries()) {
      expect(Math.abs(point.x - x(lambda!.value[i]!))).toBeLessThan(0.1);
      expect(Math.abs(point.y - y(Math.log10(density!.value[i]!)))).toBeLessThan(0.1);
    }
    expect(panel!.textContent).toContain("step 0");
    expect(panel!.textContent).toContain("2/η = 5");
  });

  it("is shaded against steps where its eigenvalues are", () => {
    const [, map] = panelsOf(withDensities([[0, spectrum(2)], [200, spectrum(7)]])); // biome-ignore format: pairs
    const [x, y] = [pixelOf(map!, "x"), pixelOf(map!, "y", label)];
    const boxes = [...map!.querySelectorAll("path[fill-opacity]")].flatMap((path) =>
      path
        .getAttribute("d")!
        .split("M")
        .slice(1)
        .map((box: string) => {
          const [left, bottom, right, top] = numbersIn(box);
          return { left, bottom, right, top, shade: Number(path.getAttribute("fill-opacity")) };
        }),
    );
    const shadeAt = (step: number, lambda: number) =>
      boxes.find(
        ({ left, right, bottom, top }) =>
          left! < x(step) && x(step) < right! && top! < y(lambda) && y(lambda) < bottom!,
      )?.shade ?? 0;
    // The peak at 2 is of the first half of the steps, that at 7 of the second.
    expect(shadeAt(50, 7)).toBeLessThan(shadeAt(150, 7));
    expect(shadeAt(150, 2)).toBeLessThanOrEqual(shadeAt(50, 2));
    for (const step of [50, 150]) expect(shadeAt(step, 0)).toBe(1);
  });

  it("names a cell of the heat map: its step, its eigenvalue and its density", () => {
    const run = withDensities([[0, spectrum(2)], [200, spectrum(7)]]); // biome-ignore format: pairs
    const [, map] = spectrumPanels(run, LIGHT, SIZE);
    const { document, Event } = parseHTML(svgMarkup(map!, true));
    const svg = document.querySelector("svg")!;
    const { s, ...axes } = JSON.parse(svg.getAttribute("data-figure")!);
    expect(axes.shade).toBe("density ρ(λ)");
    const said: string[][] = [];
    vi.stubGlobal("document", document);
    onTestFinished(() => void vi.unstubAllGlobals());
    const panel = new Panel(svg, { ...axes, s: s.map(decoded) }, "id", {
      say: (_: unknown, words: string[]) => said.push(words),
      zoomed: () => {},
    });
    const press = (key: string) => svg.dispatchEvent(Object.assign(new Event("keydown"), { key }));
    press("ArrowRight");
    for (let rows = 0; rows < 40; rows++) press("ArrowDown");
    press("ArrowRight");
    for (const words of said.slice()) {
      const [, step, lambda, density] = /^step (\d+), eigenvalue λ (\S+)\|density ρ\(λ\) (\S+)$/
        .exec(words.slice(1).join("|"))!
        .map((text) => label(text ?? ""));
      expect(words[0]).toBe("density");
      // On a grid of 1 a row without a point has the density of the nearer one.
      const near = spectrum(step === 0 ? 2 : 7)! as Record<string, { value: number[] }>;
      const at = near.lambda!.value.map((x) => Math.abs(x - lambda!));
      const close = near.density!.value.filter((_, i) => at[i]! <= 0.6);
      expect(Math.min(...close.map((y) => Math.abs(y / density! - 1)))).toBeLessThan(0.01);
    }
    expect(new Set(said.map((words) => words[1])).size).toBeGreaterThan(40);
    expect(said.at(-1)![1]).toMatch(/^step 200,/);
    panel.choose(null);
    expect(said.at(-1)).toEqual([]);
  });

  it("has one panel if it was measured once, and none if it cannot be drawn", () => {
    expect(panelsOf(withDensities([[0, spectrum(2)]]))).toHaveLength(1);
    const { lambda, density } = spectrum(2) as Record<string, { value: number[] }>;
    const undrawable: Parts[] = [
      { density: density! },
      { lambda: { value: lambda!.value.toReversed() }, density: density! },
      { lambda: { value: [1, 2] }, density: density! },
      { lambda: lambda!, density: { value: lambda!.value.map(() => 0) } },
      { lambda: lambda!, density: { value: lambda!.value.map(() => null as unknown as number) } },
    ];
    for (const parts of undrawable) {
      expect(panelsOf(withDensities([[0, parts]]))).toEqual([]);
    }
  });
});

/** Ticks are written with a minus sign of its own. */
function label(text: string): number {
  return Number(text.replace("−", "-"));
}
