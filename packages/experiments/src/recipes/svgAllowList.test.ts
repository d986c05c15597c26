import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { LIGHT } from "@eoss/report";
import { FIGURE_SCRIPT, quantityPanel, svgMarkup, THEMED, THRESHOLD } from "@eoss/report/internal";
import { describe, expect, it } from "vitest";
import { newFolders } from "../../../lab/src/run/testRuns.fixture.js";
import { readFigureRecords } from "./figureRecord.js";
import { reproductionPage } from "./page.js";
import { isAllowedSvg } from "./svgAllowList.js";

const folder = newFolders("drawing");
const hostile = `"><script>alert(1)</script>' onload='x`;
const panel = (title: string, palette = THEMED, withData = false) =>
  svgMarkup(
    quantityPanel({
      title,
      axis: title,
      label: title,
      curves: [
        {
          style: { label: title, color: "ink", dash: "2 2", symbol: "triangle" },
          series: [0, 1, 2, 3].map((step) => ({ step, value: step + 1, standardError: 0.1 })),
          levels: [{ from: 0, to: 3, value: 2, formula: "2/η", ramp: false }],
          look: THRESHOLD,
        },
      ],
      marks: [{ step: 2, text: title }],
      domain: [0, 3],
      palette,
      size: { width: 400, height: 300 },
    }),
    withData,
  );

describe("isAllowedSvg", () => {
  it("knows what eoss draws, whatever it is called", () => {
    for (const name of ["minibs", "a < b & c", hostile]) {
      expect(isAllowedSvg(panel(name))).toBe(true);
      expect(isAllowedSvg(panel(name, LIGHT))).toBe(true);
      expect(isAllowedSvg(panel(name, THEMED, true))).toBe(true);
    }
  });

  it.each([
    ["a script", "<script>alert(1)</script>"],
    ["a link", '<a href="javascript:alert(1)"><text>x</text></a>'],
    ["an image", '<image href="https://example.org/x.png"/>'],
    ["what runs when it is shown", '<g onload="alert(1)"/>'],
    ["a style", '<g style="background: url(https://example.org)"/>'],
    ["paint from elsewhere", '<path fill="url(https://example.org#x)" d="M0,0"/>'],
    ["hidden paint from elsewhere", '<path fill="u\\72l(https://example.org#x)" d="M0,0"/>'],
    ["foreign markup", "<foreignObject><p>x</p></foreignObject>"],
    ["another end", '</svg><meta http-equiv="refresh" content="0;url=https://example.org"><svg >'],
    ["an attribute without quotes", "<g fill=red>"],
    ["a comment", "<!-- -->"],
    ["an entity", "<text>&nbsp;</text>"],
  ])("refuses %s", (_, markup) => {
    expect(isAllowedSvg(`<svg width="1">${markup}</svg>`)).toBe(false);
  });

  it("takes its time from the length of the text alone", () => {
    const long = `<svg ${'fill="red" '.repeat(50_000)}`;
    expect(isAllowedSvg(`${long}</svg>`)).toBe(false);
  });
});

describe("a page over figures from elsewhere", () => {
  const record = {
    formatVersion: 1,
    recipe: { figure: hostile, title: hostile, paper: hostile, see: hostile, scale: "digits" },
    command: hostile,
    claims: [
      {
        figure: hostile,
        claim: hostile,
        kind: "level",
        verdict: "holds",
        measured: [
          {
            of: hostile,
            value: 1,
            error: null,
            expected: hostile,
            verdict: "holds",
            note: hostile,
          },
        ],
      },
    ],
    plots: [{ name: hostile, svg: panel(hostile) }],
    files: ["figures/1/a.csv"],
    runs: [
      {
        name: hostile,
        directory: "runs/a",
        end: { reason: "failed", step: 1, message: hostile },
        backend: hostile,
        versions: { [hostile]: hostile },
        command: hostile,
        parent: { directory: hostile, step: 1 },
        seed: 1,
      },
    ],
    missing: [hostile],
  };
  const readBack = (content: unknown) => {
    const out = folder();
    const own = join(out, "figures", "1");
    mkdirSync(own, { recursive: true });
    writeFileSync(
      join(own, "figure.json"),
      typeof content === "string" ? content : JSON.stringify(content),
    );
    const warnings: string[] = [];
    return { records: readFigureRecords(out, (text) => warnings.push(text)), warnings };
  };

  it("escapes every text", () => {
    const { records, warnings } = readBack(record);
    expect(warnings).toEqual([]);
    const page = reproductionPage(records);
    expect(page.replace(FIGURE_SCRIPT.text, "").match(/<script/g)).toHaveLength(1);
    expect(page).not.toMatch(/<[^>"]*("[^"]*"[^>"]*)*\son\w+=/);
    expect(page.match(/&lt;script&gt;/g)!.length).toBeGreaterThan(15);
  });

  it.each([
    ["a link that runs", { files: ["javascript:alert(1)"] }, /"files\.0": expected a path below/],
    ["a link elsewhere", { files: ["//example.org/x"] }, /"files\.0": expected a path below/],
    [
      "a run elsewhere",
      { runs: [{ ...record.runs[0], directory: "javascript:alert(1)//" }] },
      /"runs\.0\.directory"/,
    ],
    [
      "a drawing that runs",
      { plots: [{ name: "a", svg: "<svg onload='alert(1)'></svg>" }] },
      /"plots\.0\.svg": this is not a figure made by eoss/,
    ],
    ["another version", { formatVersion: 0 }, /has another format version/],
  ])("leaves out a figure with %s, and says why", (_, changes, message) => {
    const { records, warnings } = readBack({ ...record, ...changes });
    expect(records).toEqual([]);
    expect(warnings).toEqual([expect.stringMatching(message)]);
  });

  it("leaves out what cannot be read", () => {
    for (const text of ["{", "null", "[]", ""]) expect(readBack(text).warnings).toHaveLength(1);
  });
});
