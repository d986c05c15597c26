import { buildModel } from "@eoss/lab";
import { SourceFile } from "@eoss/lab/internal";
import { measurementsIn } from "@eoss/run/internal";
import { describe, expect, it } from "vitest";
import { jobsOf } from "./jobs.js";
import { beyondNames, figureNames, loadRecipes } from "./load.js";
import { parseRecipe, type Recipe, scaleNames } from "./recipe.js";

const SHAPES: Readonly<Record<string, readonly number[]>> = {
  digits: [8, 8, 1],
  cifar10: [32, 32, 3],
  "two-point": [1, 2, 1],
  alice: [16],
};

const GOOD = `figure: mine
title: Mine
see: something
base: { lr: 0.1, steps: 100, data: digits }
list:
  small: { batch: 8 }
  large: { batch: 32 }
forks:
  lowered: { parent: small, at: 40, changes: { lr: 0.05 } }
static:
  start: { run: small, at: init, batches: [1, 4] }
scales:
  digits:
    base: { samples: 100 }
    forks:
      lowered: { at: 50 }
plots:
  - { kind: steps, name: sharpness, of: [minibs] }
claims:
  - { claim: it settles, kind: level, of: minibs, within: [1, 1.5] }
`;

const parse = (text: string) => parseRecipe(new SourceFile("mine.yaml", text), "digits");
const broken = (from: string, to: string) => () => parse(GOOD.replace(from, to));

describe("a recipe", () => {
  it("is settings by name, those of the scale above the common ones", () => {
    const { runs, forks, statics } = parse(GOOD);
    expect([...runs.keys()]).toEqual(["small", "large"]);
    expect(runs.get("large")).toMatchObject({ batch: 32, lr: 0.1, samples: 100, steps: 100 });
    expect(forks.get("lowered")).toEqual({ parent: "small", at: 50, changes: { lr: 0.05 } });
    expect(statics.get("start")).toMatchObject({ run: "small", at: "init", batches: [1, 4] });
  });

  it("crosses variants with a grid", () => {
    const grid = GOOD.replace("forks:\n", "grid: { lr: [0.1, 0.2] }\nforks:\n")
      .replaceAll("parent: small", "parent: small-lr0.1")
      .replace("run: small", "run: large-lr0.2");
    const { runs } = parse(grid);
    expect([...runs.keys()]).toEqual(["small-lr0.1", "small-lr0.2", "large-lr0.1", "large-lr0.2"]);
    expect(runs.get("large-lr0.2")).toMatchObject({ lr: 0.2, batch: 32 });
  });

  it.each([
    ["a syntax error", "title: Mine", "title: [", /^mine\.yaml:\d+: /],
    ["a missing key", "title: Mine\n", "", /^mine\.yaml:1: title: /],
    ["a stray key", "see: some", "sea: x\nsee: some", /^mine\.yaml:3: sea: /],
    [
      "a wrong setting",
      "batch: 32",
      "batch: -1",
      /^mine\.yaml:7: list\.large\.batch .* -1; allowed/,
    ],
    ["an unknown setting", "lr: 0.1,", "lr: 0.1, eta: 1,", /^mine\.yaml:4: base\.eta: unknown/],
    [
      "a setting of the scale",
      "samples: 100",
      "samples: 0",
      /^mine\.yaml:14: scales\.digits\.base\.samples/,
    ],
    [
      "an unknown parent",
      "parent: small",
      "parent: tiny",
      /^mine\.yaml:9: forks\.lowered\.parent: unknown name "tiny"; allowed: small, large/,
    ],
    [
      "a fork's change",
      "changes: { lr: 0.05 }",
      "changes: { width: [3] }",
      /^mine\.yaml:9: forks\.lowered\.changes\.width: cannot be changed here; allowed: lr, batch/,
    ],
    [
      "a fork's value",
      "changes: { lr: 0.05 }",
      "changes: { lr: fast }",
      /^mine\.yaml:9: .*lr .*"fast"; allowed/,
    ],
    ["an unknown run of a curve", "run: small", "run: tiny", /^mine\.yaml:11: static\.start\.run/],
    ["an unknown kind of claim", "kind: level", "kind: wish", /^mine\.yaml:20: claims\.0\.kind: /],
    [
      "a claim's range",
      "[1, 1.5]",
      "[2, 1]",
      /^mine\.yaml:20: claims\.0\.within: the range is empty/,
    ],
    [
      "a claim's run",
      "kind: level,",
      "kind: level, runs: [tiny],",
      /^mine\.yaml:20: claims\.0\.runs: unknown name "tiny"/,
    ],
    ["an unknown scale", "  digits:", "  huge:", /^mine\.yaml:13: scales.huge: /],
  ])("names file, line and key of %s", (_, from, to, message) => {
    expect(broken(from, to)).toThrow(message);
    expect(broken(from, to)).toThrow(expect.objectContaining({ name: "ConfigError" }));
  });
});

/** The quantities of a recipe that a claim reads off a plateau. */
function settled({ claims }: Recipe): string[] {
  const ofPlateau = claims.filter(
    (claim) => "at" in claim && claim.at === "plateau" && !("static" in claim && claim.static),
  );
  const names = ofPlateau.flatMap((claim) => [
    "of" in claim ? claim.of : [],
    "over" in claim ? claim.over : [],
  ]);
  // Of what is read off a difference, or off a part such as overlap/ratio, the quantities themselves.
  return names.flat().flatMap((name) => name.split(" - ").map((part) => part.split("/")[0]!));
}

describe("the recipes of this package", () => {
  it.each([...figureNames(), ...beyondNames()])(
    "figure %s is sound at each of its scales",
    async (name) => {
      const scales = scaleNames.filter((scale) => {
        try {
          loadRecipes(name, scale);
          return true;
        } catch (error) {
          // The only thing that may be missing is a scale.
          expect((error as Error).message).toMatch(`unknown name "${scale}"`);
          return false;
        }
      });
      expect(scales).toContain("digits");
      for (const scale of scales) {
        const [recipe] = loadRecipes(name, scale);
        expect(recipe!.figure).toBe(name);
        expect(recipe!.claims.length).toBeGreaterThan(0);
        // Whether plans and forks fit together is seen here.
        const { runs } = jobsOf(recipe!, "out", {});
        expect(runs.size).toBe(recipe!.runs.size + recipe!.forks.size);
        for (const { config, fork } of runs.values()) {
          // A plateau has no interval with fewer than six measurements in the last quarter; with six it seldom has.
          const least = scale === "digits" && !name.startsWith("beyond") ? 12 : 6;
          for (const quantity of settled(recipe!)) {
            if (!config.measure.includes(quantity)) continue;
            const lastQuarter = Math.ceil(config.steps - (config.steps - (fork?.at ?? 0)) / 4);
            const points = measurementsIn(config.every, quantity, lastQuarter, config.steps);
            expect(points, `${quantity}, ${scale}`).toBeGreaterThanOrEqual(least);
          }
          const inputShape = SHAPES[config.data]!;
          expect(
            (await buildModel(config, { inputShape, classes: 10 })).parameterCount,
          ).toBeGreaterThan(0);
        }
      }
    },
  );

  it.each(["small", "paper"] as const)(
    "end at scale %s where batch sharpness is level, or at the authors' loss, but for twins",
    (scale) => {
      for (const name of figureNames()) {
        const [{ runs, forks }] = loadRecipes(name, scale) as [ReturnType<typeof parse>];
        // Twins are compared step by step; the toy model has a closed form at every step.
        if (forks.size > 0 || name === "F") continue;
        for (const config of runs.values()) {
          expect(config["stop-plateau"], name).toMatch(/^quantity=batch-sharpness /);
          const loss = ["mlp", "linear"].includes(config.model) ? 1e-5 : 1e-4;
          if (scale === "paper") expect(config["stop-loss"], name).toBe(loss);
        }
      }
    },
  );

  it("are those of the paper, and those beyond it", () => {
    const loaded = (what: string | string[]) =>
      loadRecipes(what, "digits").map(({ figure }) => figure);
    expect(loaded("all")).toEqual(figureNames());
    expect(loaded("all").slice(0, 3)).toEqual(["1", "2", "3"]);
    expect(loaded("beyond")).toEqual(beyondNames());
    expect(loaded("beyond")).toContain("beyond-momentum");
    expect(loaded(["5", "all", "5"])).toHaveLength(figureNames().length);
  });

  it("are listed where a name is unknown", () => {
    expect(() => loadRecipes("99", "digits")).toThrow(/unknown figure "99"; allowed: .*2/);
    expect(() => loadRecipes("./none.yaml", "digits")).toThrow(
      /none\.yaml cannot be read \(ENOENT\)/,
    );
  });
});
