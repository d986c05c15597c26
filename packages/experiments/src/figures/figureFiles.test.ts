import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inflateSync } from "node:zlib";
import { openRun } from "@eoss/run";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseSvg } from "../../../report/src/figures/svg.fixture.js";
import { syntheticRun } from "../../../run/src/syntheticRun.fixture.js";
import { runFigures, writeFigures } from "./figureFiles.js";
import { pdf } from "./pdf.js";

const root = mkdtempSync(join(tmpdir(), "eoss-figures-"));
afterAll(() => rmSync(root, { recursive: true }));

const base = syntheticRun({ steps: 400, every: 20 });
const run = openRun({
  ...base,
  records: [
    ...base.records,
    ...base.recordsOf("fullbs").map((record) => ({
      ...record,
      quantity: "density",
      parts: {
        lambda: { value: [-1, 0, 1, 2] },
        density: { value: [0.1, 1, 0.1, 0.01], margin: [0.05, 0.1, 0.05, 0.01] },
        mean: { value: 0.1, margin: 0.01 },
      },
    })),
  ],
});

const NAMES = [
  ...["sharpness", "loss", "density-over-eigenvalues", "density-over-steps"],
  ...["density", "density-mean"],
];

/** Width and height of a PDF's page, in points. */
function pageOf(file: string): number[] {
  const [, box] = /\/MediaBox \[([^\]]+)\]/.exec(readFileSync(file, "latin1"))!;
  return box!.split(" ").map(Number).slice(2);
}

/** The operators that draw a page, in order. */
function operatorsOf(bytes: Uint8Array): string[] {
  const text = Buffer.from(bytes).toString("latin1");
  const streams = [...text.matchAll(/FlateDecode[\s\S]*?stream\n([\s\S]*?)\nendstream/g)];
  const contents = streams.flatMap(([, data]) => {
    const inflated = inflateSync(Buffer.from(data!, "latin1")).toString("latin1");
    return inflated.startsWith("1 0 0 -1") ? [inflated] : [];
  });
  return contents.flatMap((content) => content.split("\n").map((line) => line.split(" ").at(-1)!));
}

describe("figures as files", () => {
  const out = join(root, "column");
  beforeAll(async () => {
    const { warnings } = await writeFigures(runFigures([run]), { out, width: 3.25, fontSize: 8 });
    expect(warnings).toEqual([]);
  });

  it("are SVG, PDF, PNG and CSV of each figure of a run", () => {
    const files = NAMES.flatMap((name) =>
      ["csv", "pdf", "png", "svg"].map((end) => `${name}.${end}`),
    );
    expect(readdirSync(out).sort()).toEqual(files.sort());
  });

  it("are as wide as a column of a paper", () => {
    for (const name of NAMES) {
      const [width, height] = pageOf(join(out, `${name}.pdf`));
      expect(width).toBe(3.25 * 72);
      const svg = parseSvg(readFileSync(join(out, `${name}.svg`), "utf8"));
      const [w, h] = ["width", "height"].map((side) => Number(svg.getAttribute(side)));
      // Letters of 12 pixels are to be 8 points high.
      expect(w! / 12).toBeCloseTo((3.25 * 72) / 8, 10);
      expect(height).toBeCloseTo((width! * h!) / w!, 6);
      const png = readFileSync(join(out, `${name}.png`));
      expect(png.readUInt32BE(16)).toBe(3.25 * 300);
    }
  });

  it("have letters of their own, whatever fonts the machine has", () => {
    const page = readFileSync(join(out, "sharpness.pdf"), "latin1");
    const fonts = [...page.matchAll(/\/FontName \/[A-Z]*\+?(\S+)/g)].map(([, name]) => name);
    expect(fonts).toContain("DejaVuSans");
    expect(fonts.every((name) => /^DejaVuSans(-Bold)?$/.test(name!))).toBe(true);
  });

  it("hold every number that is drawn", () => {
    const lines = readFileSync(join(out, "density-over-steps.csv"), "utf8").trimEnd().split("\n");
    expect(lines).toHaveLength(1 + 4 * run.recordsOf("density").length);
    expect(lines.slice(0, 3)).toEqual([
      "quantity,step,at_lambda,density,error",
      "density,0,-1,0.1,0.05",
      "density,0,0,1,0.1",
    ]);
    const sharpness = readFileSync(join(out, "sharpness.csv"), "utf8").trimEnd().split("\n");
    const measured = ["minibs", "fullbs", "batch-sharpness"].flatMap((name) => run.recordsOf(name));
    expect(sharpness).toHaveLength(1 + measured.length);
  });

  it("have a folder of names for each of several runs, and their comparison", async () => {
    const slow = syntheticRun({ steps: 400, every: 100, lr: 0.1 });
    const other = { ...slow, directory: "slow", path: "/runs/slow" };
    const several = join(root, "several");
    await writeFigures(runFigures([run, other]), { out: several, width: 3.25, fontSize: 8 });
    const names = readdirSync(several).filter((file) => file.endsWith(".pdf"));
    for (const name of names) expect(pageOf(join(several, name))[0], name).toBe(3.25 * 72);
    expect(names).toHaveLength(1 + NAMES.length + 2);
    expect(names).toContain("comparison.pdf");
  });

  it("are refused where their letters could not be read", async () => {
    const written = (options: { width?: number; fontSize?: number }) =>
      writeFigures(runFigures([run]), { out: join(root, "none"), ...options });
    await expect(written({ fontSize: 2 })).rejects.toThrow("allowed: 4 to 24");
    await expect(written({ width: 1 })).rejects.toThrow(
      "allowed with these letters: 3.1 to 20.8 inches",
    );
    await expect(written({ width: Number.NaN })).rejects.toThrow(RangeError);
  });
});

describe("a PDF", () => {
  it("draws each shape and each text of the figure, and nothing else", async () => {
    const svg = readFileSync(join(root, "column", "sharpness.svg"), "utf8");
    const operators = operatorsOf((await pdf(svg, 234))!);
    const root_ = parseSvg(svg);
    const paint = (element: { getAttribute(name: string): string | null }, name: string) =>
      (element.getAttribute(name) ?? "none") !== "none";
    const count = (name: string) => operators.filter((operator) => operator === name).length;
    const texts = [...root_.querySelectorAll("text")];
    const outlined = texts.filter(
      (text) => paint(text, "stroke") || paint(text.parentElement!, "stroke"),
    );
    expect(count("BT")).toBe(texts.length + outlined.length);
    const shapes = root_.querySelectorAll("path, line, rect, circle").length;
    expect(count("S") + count("f") + count("B")).toBe(shapes);
  });

  it("is the same for the same figure, and refuses an element that it would have to leave out", async () => {
    const svg = (content: string) =>
      `<svg xmlns="http://www.w3.org/2000/svg" width="100" height="50" color="#123456">${content}</svg>`;
    const line = svg('<path d="M0,0L10,10" stroke="currentColor" stroke-dasharray="7 5"/>');
    expect(await pdf(line, 72)).toEqual(await pdf(line, 72));
    await expect(pdf(svg('<image href="x.png"/>'), 72)).rejects.toThrow("<image>");
  });
});
