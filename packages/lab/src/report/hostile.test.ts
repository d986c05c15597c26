import { parseHTML } from "linkedom";
import { describe, expect, it } from "vitest";
import type { Run } from "../run/read.js";
import { comparisonFigureSvg } from "./comparisonFigure.js";
import { renderReport } from "./report.js";
import { syntheticRun } from "./syntheticRun.fixture.js";

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
    expect(active(page)).toEqual([]);
    expect(parseHTML(page).document.querySelectorAll("style, title")).toHaveLength(2);
    expect(page).not.toMatch(/<script|<img/);
    expect(parseHTML(page).document.body.textContent).toContain(HOSTILE);
  });

  it("would not pass with one text that is markup", () => {
    const page = renderReport([a]).replaceAll("&lt;script&gt;", "<script>");
    expect(active(page)).not.toEqual([]);
  });

  it("gives SVG files that are well-formed", () => {
    const token = /<\/?[a-z]+(?: [\w:-]+="(?:[^"<&]|&(?:amp|lt|gt|quot|#\d+);)*")* ?\/?>/g;
    const rest = comparisonFigureSvg([a, b]).replace(token, "");
    expect(rest.replace(/&(?:amp|lt|gt|quot|#\d+);/g, "")).not.toMatch(/[<&]/);
  });
});
