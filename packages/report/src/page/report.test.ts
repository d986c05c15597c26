import { createHash } from "node:crypto";
import { type Run, type RunManifest, short, withError } from "@eoss/run";
import { parseHTML } from "linkedom";
import { describe, expect, it } from "vitest";
import { syntheticRun } from "../../../run/src/syntheticRun.fixture.js";
import { FIGURE_SCRIPT } from "./figureScript.generated.js";
import { renderReport } from "./report.js";

const sixteen = syntheticRun({ steps: 4000 });
const sixtyFour = syntheticRun({
  batchSize: 64,
  steps: 4000,
  levels: { minibs: 1.1, fullbs: 0.7 },
});
const full = syntheticRun({ batchSize: 1536, steps: 1000, levels: { minibs: 1, fullbs: 1 } });

const withoutScript = (page: string) =>
  page.replace(FIGURE_SCRIPT.text, "").replace("<script></script>", "");
const parse = (runs: readonly Run[]) => parseHTML(renderReport(runs)).document;
const withManifest = (run: Run, changes: Partial<RunManifest>): Run => ({
  ...run,
  manifest: { ...run.manifest, ...changes },
});

/** A table's cells by row and column heading. */
function cells(document: ReturnType<typeof parse>, caption: string) {
  const table = [...document.querySelectorAll("table")].find((table) =>
    table.querySelector("caption")!.textContent!.startsWith(caption),
  )!;
  const head = [...table.querySelectorAll("thead th")].map((cell) => cell.textContent!);
  return Object.fromEntries(
    [...table.querySelectorAll("tbody tr")].map((row) => {
      const texts = [...row.children].map((cell) => cell.textContent!);
      return [texts[0]!, Object.fromEntries(head.map((name, i) => [name, texts[i]!]))];
    }),
  );
}

describe("renderReport: one run", () => {
  const document = parse([sixteen]);

  it("is titled, structured and described", () => {
    expect(document.querySelector("title")!.textContent).toBe("mlp on digits, b = 16, η = 0.2");
    expect([...document.querySelectorAll("h3")].map((heading) => heading.textContent)).toEqual([
      "Sharpness",
      "Loss",
      "Command to repeat the run",
      "Means over the last quarter",
      "Cost of measuring",
      "Settings",
      "Environment",
    ]);
    for (const figure of document.querySelectorAll("figure")) {
      expect(figure.querySelector("figcaption")!.textContent!.length).toBeGreaterThan(80);
      for (const svg of figure.querySelectorAll("svg")) {
        expect(svg.getAttribute("role")).toBe("img");
        expect(svg.getAttribute("aria-label")).toMatch(/against training steps/);
      }
    }
  });

  it("loads nothing, and runs nothing but the script of its figures", () => {
    const text = renderReport([sixteen, full]);
    const { text: script, sha256 } = FIGURE_SCRIPT;
    expect(sha256).toBe(createHash("sha256").update(script).digest("base64"));
    expect(text).toContain(`<script>${script}</script>`);
    expect(withoutScript(text)).not.toMatch(/<script|<link|<img|<iframe|\ssrc=|url\(|@import/);
    const links = [...parse([sixteen, full]).querySelectorAll("a")];
    expect(links.map((link) => link.getAttribute("href"))).toEqual(["#run-1", "#run-2"]);
    expect(text).toContain(
      `content="default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${sha256}'; img-src blob:; base-uri 'none'; form-action 'none'"`,
    );
  });

  it("says first what each quantity came to, before any figure or table", () => {
    const text = document.querySelector("main")!.innerHTML;
    expect(text.indexOf('class="story"')).toBeLessThan(text.indexOf("<svg"));
    const sentences = [...document.querySelectorAll(".story li")].map((item) => item.textContent!);
    expect(sentences).toHaveLength(4);
    for (const [i, quantity] of ["minibs", "fullbs", "batch-sharpness"].entries()) {
      const { mean, margin } = sixteen.relativePlateauOf(quantity)!;
      expect(sentences[i]).toContain(`is level at ${withError(mean, margin)} × 2/η over steps`);
    }
    const losses = sixteen.seriesOf("loss");
    expect(sentences[3]).toBe(
      `The training loss went from ${short(losses[0]!.value)} at step 0 to ${short(losses.at(-1)!.value)} at step 4,000.`,
    );
    // What the numbers rest on is there for who unfolds it.
    const folded = [...document.querySelectorAll("table, dl")];
    expect(folded.length).toBeGreaterThan(3);
    for (const part of folded) expect(part.closest("details")).not.toBeNull();
  });

  it("tables each plateau in units of 2/η, with its interval", () => {
    const table = cells(document, "Mean over the last quarter");
    const names = { MiniBS: "minibs", FullBS: "fullbs", "batch sharpness": "batch-sharpness" };
    expect(Object.keys(table)).toEqual(Object.keys(names));
    for (const [name, quantity] of Object.entries(names)) {
      const { mean, margin, points } = sixteen.relativePlateauOf(quantity)!;
      expect(table[name]!.mean).toBe(withError(mean, margin));
      expect(table[name]!["in loss / parameter²"]).toBe(withError(10 * mean, 10 * margin));
      expect(table[name]!.measurements).toBe(`${points} from step 3,000`);
      expect(table[name]!["level?"]).toBe("level");
    }
    expect(table.FullBS!["numerical error"]).toBe(
      `≤ ${short(0.008 * sixteen.relativePlateauOf("fullbs")!.mean, 2)}`,
    );
  });

  it("tables what measuring cost", () => {
    const table = cells(document, "Cost of each quantity");
    expect(Object.keys(table)).toEqual(["batch-sharpness", "fullbs", "loss", "minibs"]);
    expect(table.minibs).toMatchObject({
      measurements: "41",
      "products each": "72",
      "samples each": "384",
      "time each": "0.09 s",
      "total time": "3.69 s",
      "missed the tolerance": "3 of 41",
    });
    expect(table.fullbs!["missed the tolerance"]).toBe("none");
  });

  it("holds the command and every setting", () => {
    expect(document.querySelector("pre code")!.textContent).toBe(sixteen.manifest.command);
    const settings = [...document.querySelectorAll("dt")].map((name) => name.textContent);
    expect(settings).toEqual(expect.arrayContaining(Object.keys(sixteen.manifest.config)));
  });

  it("asks the plan of a run what changed once, however often the page speaks of it", () => {
    const { records, directory, truncated, manifest } = syntheticRun({ steps: 400 });
    let looks = 0;
    const plan = { ...manifest.plan, interventions: [{ at: 200, learningRate: 0.1 }] };
    const counting = {
      ...manifest,
      get plateaus() {
        looks++;
        return manifest.plateaus;
      },
      plan,
    };
    renderReport([{ records, directory, truncated, manifest: counting }]);
    // Settings, comparisons and changes follow from the plateaus seen: once each; one for the change
    // that the plateau may have brought, and one for the sentence about plateaus that never came.
    expect(looks).toBeLessThanOrEqual(5);
  });

  it("gives the same bytes for the same run", () => {
    expect(renderReport([sixteen])).toBe(renderReport([sixteen]));
  });
});

describe("renderReport: several runs", () => {
  const document = parse([full, sixtyFour, sixteen]);

  it("compares them first, in the order of batch size", () => {
    expect(document.querySelector("section")!.id).toBe("comparison");
    expect(document.querySelectorAll("#comparison figure svg")).toHaveLength(3);
    const table = cells(document, "Mean over the last quarter of each");
    expect(Object.keys(table)).toEqual(["b = 16", "b = 64", "full batch"]);
    const { mean, margin } = sixtyFour.relativePlateauOf("fullbs")!;
    expect(table["b = 64"]).toMatchObject({ η: "0.2", FullBS: withError(mean, margin) });
    expect(table["full batch"]).toMatchObject({
      "batch size": "1,536 (full)",
      MiniBS: "not measured",
    });
    expect([...document.querySelectorAll("h2")].map((heading) => heading.textContent)).toEqual([
      "b = 16",
      "b = 64",
      "full batch",
      "Settings",
    ]);
  });

  it("says of each quantity in how many runs it is level, and between what", () => {
    const [minibs, fullbs] = [...document.querySelectorAll("#comparison .story li")];
    expect(full.relativePlateauOf("fullbs")!.status).not.toBe("level");
    const at = (run: typeof sixteen, quantity: string) => {
      const { mean, margin } = run.relativePlateauOf(quantity)!;
      return `${withError(mean, margin)} × 2/η`;
    };
    expect(minibs!.textContent).toBe(
      `MiniBS is level in 2 of the 2 runs that measured it, from ${at(sixteen, "minibs")} (b = 16) to ${at(sixtyFour, "minibs")} (b = 64).`,
    );
    expect(fullbs!.textContent).toBe(
      `FullBS is level in 2 of the 3 runs that measured it, from ${at(sixteen, "fullbs")} (b = 16) to ${at(sixtyFour, "fullbs")} (b = 64).`,
    );
    const [one, two] = [1, 2].map((seed) =>
      syntheticRun({ batchSize: 64, steps: 4000, end: "diverged", seed }),
    );
    const [none] = [...parse([one!, two!]).querySelectorAll("#comparison .story li")];
    expect(none!.textContent).toBe("MiniBS is level in none of the 2 runs that measured it.");
  });

  it("tells what they share once, and not in each of their sections", () => {
    const names = [...document.querySelectorAll("dt")].map((name) => name.textContent);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toEqual(expect.arrayContaining(["data", "seed", "parameters", "node"]));
    expect(names).not.toContain("batch");
    expect(document.querySelectorAll("#settings dl")).toHaveLength(2);
    expect(document.querySelectorAll('[id^="run-"] dl')).toHaveLength(0);
    const other = withManifest(sixtyFour, { backend: "cpu" });
    const table = cells(parse([sixteen, other]), "Where and with what they ran");
    expect(table["b = 64"]!["backend in use"]).toBe("cpu");
  });

  it("shows the settings in which they differ, and those alone", () => {
    const table = cells(document, "Settings in which the runs differ");
    expect(Object.keys(table["b = 16"]!).sort()).toEqual(["batch", "run", "steps"]);
    expect(table["b = 64"]).toMatchObject({ batch: "64", steps: "4000" });
    expect(table["full batch"]!.steps).toBe("1000");
    const faster = withManifest(sixtyFour, { config: { ...sixtyFour.manifest.config, lr: 0.3 } });
    const two = cells(parse([sixteen, faster]), "Settings in which the runs differ");
    expect(Object.keys(two["b = 16"]!)).toEqual(["run", "lr", "batch"]);
    expect([two["b = 16"]!.lr, two["b = 64"]!.lr]).toEqual(["0.2", "0.3"]);
    expect(parse([sixteen, sixteen]).body.textContent).toContain(
      "The runs have the same settings.",
    );
  });

  it("stays below 2 MB for a sweep of twelve runs with 96,000 steps and 96,000 batches", () => {
    const sweep = Array.from({ length: 12 }, (_, i) =>
      syntheticRun({ batchSize: 2 ** i, steps: 8000, every: 50, batchesEach: 50 }),
    );
    expect(Buffer.byteLength(renderReport(sweep))).toBeLessThan(2e6);
  });
});

describe("renderReport: what is no plateau", () => {
  it("flags a curve that still rises, and does not announce it", () => {
    const records = sixteen.records.map((record) =>
      record.quantity === "minibs" ? { ...record, value: 2 + record.step / 400 } : record,
    );
    const document = parse([{ ...sixteen, records }]);
    const table = cells(document, "Mean over the last quarter");
    expect(table.MiniBS!["level?"]).toBe("drifting");
    // In units of 2/η = 10, over the steps 3,000 to 4,000.
    expect(table.MiniBS!.drift).toMatch(/^\+0\.25\d*\u00a0±\u00a00\.\d+ per 1,000 steps$/);
    expect(table.MiniBS!.mean).not.toContain("±");
    const [minibs, fullbs] = [...document.querySelectorAll(".story li")];
    expect(minibs!.textContent).toMatch(
      /^MiniBS drifts over steps 3,000 to 4,000: \+0\.25.* × 2\/η per 1,000 steps; its mean there is [\d.]+ × 2\/η\.$/,
    );
    expect(fullbs!.textContent).toContain("is level at");
    const compared = cells(parse([{ ...sixteen, records }, full]), "Mean over");
    expect(compared["b = 16"]!.MiniBS).toMatch(/\(drifting: \+0\.25.* per 1,000 steps\)$/);
  });

  it("marks too few measurements", () => {
    const few = syntheticRun({ steps: 400, every: 100 });
    const document = parse([few]);
    const { mean } = few.relativePlateauOf("minibs")!;
    expect(document.querySelector(".story li")!.textContent).toBe(
      `MiniBS has the mean ${short(mean)} × 2/η over steps 300 to 400, which may be level or not (too few points: 2).`,
    );
    const table = cells(document, "Mean over");
    expect(table.MiniBS!["level?"]).toBe("too few points: 2");
    expect(table.MiniBS!.mean).not.toContain("±");
  });

  it("claims none of a diverged run", () => {
    const diverged = syntheticRun({ steps: 4000, end: "diverged" });
    const document = parse([diverged]);
    expect(cells(document, "Mean over").MiniBS).toMatchObject({
      mean: "–",
      "level?": "diverged",
    });
    expect(document.querySelector(".warning")!.textContent).toMatch(
      /Diverged at step\s4,000 after 2 min 12 s.*The loss is not finite\.$/s,
    );
    const sentences = [...document.querySelectorAll(".story li")].map((item) => item.textContent!);
    expect(sentences[0]).toMatch(
      /^MiniBS was last a finite number at step 3,600, near the divergence: [\d.]+ \([\d.]+ × 2\/η\)\. That is no level\.$/,
    );
    expect(sentences.join(" ")).not.toContain("is level");
  });
});

describe("renderReport: unfinished and hostile runs", () => {
  it("reports a run that measured nothing, and no runs at all", () => {
    const text = renderReport([{ ...sixteen, records: [] }]);
    for (const notice of ["No sharpness was measured", "No loss was", "Nothing was measured"]) {
      expect(text).toContain(notice);
    }
    expect(renderReport([])).toContain("There are no runs to report");
  });

  it("says that a run, such as an imported one, has not begun", () => {
    const begun = withManifest(sixteen, { end: null, endedAt: null });
    const [warning] = parse([{ ...begun, records: [] }]).querySelectorAll(".warning");
    expect(warning!.textContent).toBe("Nothing is recorded yet: this run is at its first step.");
  });

  it("says that a run has not ended and that its last line is cut off", () => {
    const running = withManifest(sixteen, { end: null, endedAt: null });
    const warnings = [...parse([{ ...running, truncated: true }]).querySelectorAll(".warning")];
    expect(warnings.map((warning) => warning.textContent!.replaceAll("\n", " "))).toEqual([
      "This run has not ended, or was killed: its last record is of step 4,000.",
      "The last line of metrics.jsonl is incomplete: that one record is missing.",
    ]);
  });

  it("prints markup in settings, names and messages as text", () => {
    const evil = `<script>alert("x")</script>`;
    const hostile = (seed: number) =>
      withManifest(syntheticRun({ steps: 200, seed }), {
        config: { seed, [evil]: evil + seed, loss: evil },
        command: evil,
        versions: { [evil]: evil },
        model: { name: evil, parameters: 1 },
        dataset: { ...sixteen.manifest.dataset, name: evil, source: evil },
        end: { reason: "failed", step: 1, message: evil },
      });
    for (const runs of [[hostile(1)], [hostile(1), hostile(2)]]) {
      const text = renderReport(runs);
      expect(withoutScript(text)).not.toContain("<script");
      const document = parseHTML(text).document;
      expect(document.querySelector("pre code")!.textContent).toBe(evil);
      expect([...document.querySelectorAll("dt")].map((name) => name.textContent)).toContain(evil);
    }
  });
});
