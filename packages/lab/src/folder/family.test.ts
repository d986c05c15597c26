import { cpSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { renderReport } from "@eoss/report";
import { familiesOf, familyPanels, membersOf, svgMarkup, THEMED } from "@eoss/report/internal";
import type { Run } from "@eoss/run";
import { parseHTML } from "linkedom";
import { afterAll, describe, expect, it } from "vitest";
import {
  linePath,
  parseSvg,
  pixelOf,
  stepOf,
  vertices,
} from "../../../report/src/figures/svg.fixture.js";
import { syntheticRun } from "../../../run/src/syntheticRun.fixture.js";
import { readAncestors } from "./ancestors.js";
import { readRun } from "./read.js";

const make = (directory: string, rest: Parameters<typeof syntheticRun>[0] = {}) =>
  syntheticRun({ steps: 2000, every: 100, directory, ...rest });
const parent = make("runs/a");
const lower = make("runs/lower", {
  parent: { directory: "../a", step: 1000 },
  plan: { interventions: [{ at: 1000, learningRate: 0.1 }] },
});
const larger = make("elsewhere/larger", {
  parent: { directory: "../../runs/lower", step: 1500 },
  plan: {
    interventions: [
      { at: 1000, learningRate: 0.1 },
      { at: 1500, batchSize: 64 },
    ],
  },
});
const twin = make("runs/twin", { parent: { directory: "../a", step: 1000 } });
const stranger = make("runs/stranger", { seed: 9 });

describe("familiesOf", () => {
  it("groups runs with their forks and forks of forks, parents first", () => {
    expect(familiesOf([larger, stranger, lower, parent])).toEqual([
      [parent, lower, larger],
      [stranger],
    ]);
  });

  it("groups forks of a parent that is not there", () => {
    expect(familiesOf([lower, twin, stranger])).toEqual([[lower, twin], [stranger]]);
  });

  it("survives folders that claim to be each other's parents", () => {
    const circular = make("runs/a", { parent: { directory: "../lower", step: 5 } });
    expect(familiesOf([circular, lower]).flat()).toHaveLength(2);
  });
});

describe("membersOf", () => {
  it("says what each does, in looks that differ", () => {
    const members = membersOf([parent, lower, twin, larger]);
    expect(members.map(({ style }) => style.label)).toEqual([
      "as before (a)",
      "η 0.2 → 0.1 at 1,000",
      "as before (twin)",
      "η 0.2 → 0.1 at 1,000, b 16 → 64 at 1,500",
    ]);
    expect(new Set(members.map(({ style }) => style.color)).size).toBe(4);
  });

  it("leaves out what the parent does too", () => {
    const interventions = [{ at: 500, batchSize: 64 }];
    const changed = make("runs/a", { plan: { interventions } });
    const fork = make("runs/lower", {
      parent: { directory: "../a", step: 1000 },
      plan: { interventions: [...interventions, { at: 1000, learningRate: 0.1 }] },
    });
    const labels = membersOf([changed, fork]).map(({ style }) => style.label);
    expect(labels).toEqual(["as before", "η 0.2 → 0.1 at 1,000"]);
  });
});

describe("familyPanels", () => {
  const members = membersOf([parent, lower]);
  const panels = familyPanels(members, THEMED, { width: 400, height: 280 });
  const fullbs = parseSvg(svgMarkup(panels[1]!));
  const [x, y] = [pixelOf(fullbs, "x", stepOf), pixelOf(fullbs, "y")];

  it("has one panel a quantity, with a line for each run from its first step on", () => {
    expect(panels.map(({ label }) => label.split(" against")[0])).toEqual([
      "mini-batch sharpness (MiniBS)",
      "full-batch sharpness (FullBS)",
      "batch sharpness",
      "training loss",
    ]);
    const begin = (label: string) => vertices(linePath(fullbs, label)!)[0]!.x;
    expect(Math.abs(begin("as before") - x(0))).toBeLessThan(0.5);
    expect(Math.abs(begin("η 0.2 → 0.1 at 1,000") - x(1000))).toBeLessThan(0.5);
  });

  it("draws each run's own threshold from its first step on, once, with its value", () => {
    const lines = [...fullbs.querySelectorAll('path[aria-label="2/η"]')].map((path) =>
      vertices(path.getAttribute("d")!),
    );
    expect(lines).toHaveLength(2);
    expect(Math.abs(lines[0]![0]!.y - y(10))).toBeLessThan(0.5);
    expect(Math.abs(lines[1]![0]!.y - y(20))).toBeLessThan(0.5);
    expect(Math.abs(lines[1]![0]!.x - x(1000))).toBeLessThan(0.5);
    expect(fullbs.textContent).toContain("1020");
    const same = familyPanels(membersOf([parent, twin]), THEMED, { width: 400, height: 280 });
    expect(parseSvg(svgMarkup(same[1]!)).querySelectorAll('path[aria-label="2/η"]')).toHaveLength(
      1,
    );
  });

  it("marks the step at which the fork leaves", () => {
    const rule = fullbs.querySelector('line[aria-label="step 1,000"]')!;
    expect(Math.abs(Number(rule.getAttribute("x1")) - x(1000))).toBeLessThan(0.5);
  });
});

describe("a report of relatives", () => {
  const parse = (runs: readonly Run[], ancestors: readonly Run[] = []) =>
    parseHTML(renderReport(runs, { ancestors })).document;

  it("draws them on the same axes, and no comparison of strangers", () => {
    const document = parse([lower, parent]);
    expect(document.querySelector("h1")!.textContent).toBe(
      "Sharpness of a run and its fork against 2/η",
    );
    expect(document.querySelectorAll(".family")).toHaveLength(1);
    expect(document.querySelector("#comparison")).toBeNull();
    const labels = [...document.querySelectorAll(".family .legend li")].map((item) =>
      item.textContent!.trim(),
    );
    expect(labels.slice(0, 2)).toEqual(["as before", "η 0.2 → 0.1 at 1,000"]);
    expect(document.querySelectorAll("section[id^=run-]")).toHaveLength(2);
  });

  it("compares the first of them with strangers", () => {
    const document = parse([lower, stranger, parent]);
    expect(document.querySelectorAll("#comparison figure svg")).toHaveLength(2);
    expect(document.querySelectorAll(".family")).toHaveLength(1);
  });

  it("of a fork alone mentions its parent, and draws it if it is given", () => {
    expect(parse([lower]).body.textContent).toContain("A fork of ../a from step 1,000 on");
    expect(parse([lower]).querySelector(".family")).toBeNull();
    const document = parse([lower], [parent]);
    expect(document.querySelectorAll(".family figure svg")).toHaveLength(4);
    expect(document.querySelectorAll("section[id^=run-]")).toHaveLength(1);
    const rows = [...document.querySelectorAll(".family tbody th")];
    expect(rows.map((row) => row.querySelector("a")?.getAttribute("href"))).toEqual([
      undefined,
      "#run-1",
    ]);
  });

  it("says to which steps its plateaus refer", () => {
    const changed = make("runs/a", { plan: { interventions: [{ at: 1200, learningRate: 0.1 }] } });
    const caption = parse([changed]).querySelector("caption")!.textContent!;
    expect(caption).toContain("since the last change of η, b or the optimizer at step 1,200");
    expect(caption).toContain("in units of 2/η = 20");
    const adam = make("runs/adam", { plan: { optimizer: "adam" } });
    expect(parse([adam]).querySelector("table")!.textContent).toContain(
      "mean, in loss / parameter²",
    );
  });
});

describe("readAncestors", () => {
  const root = mkdtempSync(join(tmpdir(), "eoss-family-"));
  afterAll(() => rmSync(root, { recursive: true }));
  const write = (name: string, { manifest, records }: Run) => {
    const folder = join(root, name);
    mkdirSync(folder);
    writeFileSync(join(folder, "run.json"), JSON.stringify(manifest));
    const lines = records.map((record) => `${JSON.stringify(record)}\n`);
    writeFileSync(join(folder, "metrics.jsonl"), lines.join(""));
    return readRun(folder);
  };
  const small = { steps: 200, every: 100 };
  write("a", make("", small));
  const child = write("b", make("", { ...small, parent: { directory: "../a", step: 100 } }));
  const grandchild = write("c", make("", { ...small, parent: { directory: "../b", step: 150 } }));
  const names = (runs: readonly Run[]) => runs.map(({ directory }) => directory.at(-1));

  it("finds parents and their parents, once, and only those that are not given", () => {
    expect(names(readAncestors([grandchild]))).toEqual(["b", "a"]);
    expect(names(readAncestors([grandchild, child]))).toEqual(["a"]);
  });

  it("goes without a folder that is gone, damaged, or holds another training by now", () => {
    renameSync(join(root, "a"), join(root, "moved"));
    expect(readAncestors([child])).toEqual([]);
    mkdirSync(join(root, "a"));
    writeFileSync(join(root, "a", "run.json"), "{");
    expect(readAncestors([child])).toEqual([]);
    rmSync(join(root, "a"), { recursive: true });
    write("a", make("", { ...small, seed: 7 }));
    expect(readAncestors([child])).toEqual([]);
    rmSync(join(root, "a"), { recursive: true });
    cpSync(join(root, "moved"), join(root, "a"), { recursive: true });
    expect(names(readAncestors([child]))).toEqual(["a"]);
  });
});
