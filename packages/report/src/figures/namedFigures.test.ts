import { openRun } from "@eoss/run";
import { describe, expect, it } from "vitest";
import { syntheticRun } from "../../../run/src/syntheticRun.fixture.js";
import { namedFigures } from "./namedFigures.js";
import { parseSvg } from "./svg.fixture.js";

const root = { ...syntheticRun({ steps: 400, every: 100 }), directory: "a", path: "/runs/a" };
const other = syntheticRun({ steps: 400, every: 100, lr: 0.1 });
const fork = {
  ...root,
  directory: "b",
  path: "/runs/b",
  parentPath: "/runs/a",
  manifest: { ...root.manifest, parent: { directory: "../a", step: 200 } },
};

describe("namedFigures", () => {
  it("compares families, and draws forks on the axes of their parents", () => {
    const names = namedFigures([root, fork, other], 600).map(({ name }) => name);
    const forks = names.filter((name) => name.startsWith("forks-"));
    expect(forks).toEqual(["minibs", "fullbs", "batch-sharpness", "loss"].map((q) => `forks-${q}`));
    expect(new Set(names).size).toBe(names.length);
    const comparison = namedFigures([root, fork, other], 600)[0]!;
    expect(comparison.name).toBe("comparison");
    expect(parseSvg(comparison.svg).querySelectorAll('[aria-label^="Sharpness in"]')).toHaveLength(
      2,
    );
    const alone = namedFigures([root, fork], 600);
    expect(alone.map(({ name }) => name)).not.toContain("comparison");
    const rows = openRun(root).recordsOf("fullbs").length;
    const drawn = alone.find(({ name }) => name === "forks-fullbs")!;
    expect(drawn.rows).toHaveLength(2 * rows);
  });
});
