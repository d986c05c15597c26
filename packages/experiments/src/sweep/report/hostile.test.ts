import { comparisonFigureSvg, renderReport } from "@eoss/report";
import { FIGURE_SCRIPT } from "@eoss/report/internal";
import type { Run } from "@eoss/run";
import { parseHTML } from "linkedom";
import { describe, expect, it } from "vitest";
import { syntheticRun } from "../../../../run/src/syntheticRun.fixture.js";
import type { SweepNumbers } from "./numbers.js";
import { renderSweepReport } from "./report.js";
import { TABLE_SCRIPT } from "./tableScript.js";

const HOSTILE =
  `"><script>alert(1)</script></style></title><img src=x onerror=alert(1)>' onload='alert(1)` +
  "&quot;<!--javascript:alert(1)";

/** Every text within a value replaced by the hostile one. */
function hostile<T>(value: T): T {
  if (typeof value === "string") return HOSTILE as T;
  if (Array.isArray(value)) return value.map(hostile) as T;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, hostile(part)])) as T;
}

const sound = syntheticRun({
  steps: 400,
  every: 50,
  plan: { interventions: [{ at: 200, noise: HOSTILE }] },
});

/** A run of which a stranger wrote every text that is not one of a few allowed words. */
function strangersRun(name: string, parent?: string): Run {
  const { manifest, records } = sound;
  const fullbs = records.filter(({ quantity }) => quantity === "fullbs");
  return {
    ...sound,
    directory: HOSTILE + name,
    manifest: {
      ...hostile(manifest),
      config: { ...hostile(manifest.config), [HOSTILE]: HOSTILE, [`seed ${HOSTILE}`]: name },
      versions: { [HOSTILE]: HOSTILE },
      plan: manifest.plan,
      end: { ...manifest.end!, message: HOSTILE },
      ...(parent && { parent: { directory: `../${HOSTILE}${parent}`, step: 0 } }),
    },
    records: [
      ...records,
      ...fullbs.map((record) => ({
        ...record,
        quantity: HOSTILE,
        status: HOSTILE,
        parts: { [HOSTILE]: { value: [1, 2] } },
      })),
    ],
  };
}

/** What a browser would do something with. */
function active(page: string): string[] {
  const { document } = parseHTML(page);
  const elements = [...document.querySelectorAll("*")];
  return elements.flatMap(({ tagName, attributes }) => [
    ...(/^(script|img|iframe|object|embed|link|base|form|input|button)$/i.test(tagName)
      ? [tagName]
      : []),
    ...[...attributes]
      .filter(
        ({ name, value }) =>
          /^on|^src|^style$/i.test(name) || (name === "href" && !value.startsWith("#")),
      )
      .map(({ name, value }) => `${tagName} ${name}=${value}`),
  ]);
}

describe("a report of runs from strangers", () => {
  const [a, b, fork] = [strangersRun("a"), strangersRun("b"), strangersRun("c", "a")];

  it.each([
    ["one run", [a]],
    ["several runs and a fork", [a, b, fork]],
  ])("of %s has their texts as texts", (_, runs) => {
    const page = renderReport(runs);
    expect(active(page)).toEqual(["SCRIPT"]);
    expect(parseHTML(page).document.querySelectorAll("style, title")).toHaveLength(2);
    expect(page.replace(FIGURE_SCRIPT.text, "").match(/<script|<img/g)).toEqual(["<script"]);
    expect(parseHTML(page).document.body.textContent).toContain(HOSTILE);
  });

  it("would not pass with one text that is markup", () => {
    const page = renderReport([a]).replaceAll("&lt;img", "<img");
    expect(active(page)).not.toEqual(["SCRIPT"]);
  });

  it("gives SVG files that are well-formed", () => {
    const token = /<\/?[a-z]+(?: [\w:-]+="(?:[^"<&]|&(?:amp|lt|gt|quot|#\d+);)*")* ?\/?>/g;
    const rest = comparisonFigureSvg([a, b]).replace(token, "");
    expect(rest.replace(/&(?:amp|lt|gt|quot|#\d+);/g, "")).not.toMatch(/[<&]/);
  });
});

describe("a report of a sweep of strangers", () => {
  const reading = { value: 2, standardError: 0.1, margin: 0.2, unsettled: HOSTILE };
  const runs = [4, 16].map((batchSize) => ({
    name: HOSTILE + batchSize,
    settings: { batch: batchSize, [HOSTILE]: HOSTILE },
    state: HOSTILE,
    step: 100,
    reason: HOSTILE,
    samples: 1536,
    batchSize,
    learningRate: 0.1,
    threshold: HOSTILE,
    plateaus: { minibs: reading, "minibs - fullbs": reading },
    relative: { minibs: reading },
  }));
  const points = runs.map(({ name, batchSize }) => ({ runs: [name], x: batchSize, ...reading }));
  const curves = (["minibs", "minibs - fullbs"] as const).map((quantity) => ({
    quantity,
    group: HOSTILE,
    points,
    fit: null,
    error: null,
    note: HOSTILE,
  }));
  const page = renderSweepReport({
    directory: HOSTILE,
    varied: ["batch", HOSTILE],
    common: { [HOSTILE]: HOSTILE },
    runs,
    curves: { batch: curves },
  } as unknown as SweepNumbers);

  it("has their texts as texts, and two scripts, in which there are none", () => {
    const { document } = parseHTML(page);
    const links = runs.map(({ name }) => `A href=runs/${encodeURIComponent(name)}/report.html`);
    expect(active(page).sort()).toEqual(["SCRIPT", "SCRIPT", ...links].sort());
    const scripts = [...document.querySelectorAll("script")].map(({ textContent }) => textContent);
    expect(scripts).toEqual([FIGURE_SCRIPT.text, TABLE_SCRIPT]);
    expect(document.querySelectorAll(".panels svg")).not.toHaveLength(0);
    expect(document.body.textContent).toContain(HOSTILE);
    expect(page.replace(FIGURE_SCRIPT.text, "").match(/<script|<img/g)).toEqual([
      "<script",
      "<script",
    ]);
  });
});
