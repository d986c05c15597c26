import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readRun } from "@eoss/lab";
import { summarize } from "@eoss/report";
import { afterAll, beforeAll, expect, it } from "vitest";
import { defineOptimizer, optimizers } from "../../../sgd/src/index.js";
import { record, writeRun } from "../../test/runFolder.js";
import { query } from "../query/query.js";
import { runTable } from "../table/runTable.js";
import { exportRuns } from "./exportRuns.js";

const root = mkdtempSync(join(tmpdir(), "eoss-compared-"));
afterAll(() => rmSync(root, { recursive: true }));

/** Nobody but this file knows it. */
const MADE_UP = defineOptimizer({
  name: "made-up",
  defaults: {},
  slots: [],
  threshold: { formula: "7/η", words: "made up", value: ({ learningRate }) => 7 / learningRate },
  update: ({ theta }) => ({ theta }),
});
beforeAll(() => {
  (optimizers as Record<string, typeof MADE_UP>)["made-up"] = MADE_UP;
});

/** t·η, with the formula, by hand; null where λmax(H) has no threshold. */
const OF_H: Readonly<Record<string, readonly [number, string] | null>> = {
  sgd: [2, "2/η"],
  "heavy-ball": [3.8, "(2 + 2β)/η"],
  nesterov: [3.8 / 2.8, "(2 + 2β)/(η(1 + 2β))"],
  rmsprop: null,
  adam: null,
  "made-up": [7, "7/η"],
};
const OF_P: typeof OF_H = { ...OF_H, rmsprop: [2, "2/η"], adam: [38, "(2 + 2β₁)/((1 − β₁)η)"] };

/** η of steps 0, 10 and 20 of a run that ends at 20. */
const COURSES = {
  constant: { learningRate: 0.1, interventions: [], rates: [0.1, 0.1, 0.1] },
  schedule: {
    learningRate: { kind: "linear", from: 0.1, to: 0.3, steps: 20 },
    interventions: [],
    rates: [0.1, 0.2, 0.3],
  },
  intervention: {
    learningRate: 0.1,
    interventions: [
      { at: 10, learningRate: 0.05 },
      { at: 20, learningRate: 5 }, // never came: the run ended
    ],
    rates: [0.1, 0.05, 0.05],
  },
} as const;

const cases = Object.keys(OF_H).flatMap((name) =>
  Object.keys(COURSES).map((course) => [name, course as keyof typeof COURSES] as const),
);

it.each(cases)("%s, %s: every output has the same number and formula", async (name, course) => {
  const { learningRate, interventions, rates } = COURSES[course];
  const directory = writeRun(join(root, `${name}-${course}`), {
    manifest: {
      plan: { learningRate, batchSize: 16, optimizer: { name }, interventions },
      end: { reason: "completed", step: 20, message: "" },
    },
    records: [0, 10, 20].flatMap((step) =>
      ["fullbs", "preconditioned-sharpness", "loss"].map((quantity) => record(step, quantity, 3)),
    ),
  });
  const expected = (quantity: string, rate: number) => {
    const found = { fullbs: OF_H, "preconditioned-sharpness": OF_P }[quantity]?.[name] ?? null;
    return found === null ? null : { threshold: found[0] / rate, formula: found[1] };
  };
  const check = (
    where: string,
    rows: readonly { step: number; quantity: string; threshold: unknown; formula: unknown }[],
  ) => {
    expect(rows.length, where).toBe(9);
    for (const { step, quantity, threshold, formula } of rows) {
      const right = expected(quantity, rates[step / 10]!);
      const place = `${where}, ${quantity} at ${step}`;
      if (right === null) {
        expect(threshold ?? null, place).toBeNull();
        if (quantity === "loss") expect(formula ?? null, place).toBeNull();
        else expect(String(formula), place).toMatch(/^no threshold: /);
      } else {
        expect(threshold, place).toBeCloseTo(right.threshold, 9);
        expect(formula, place).toBe(right.formula);
      }
    }
  };
  const lines = (file: string) => readFileSync(file, "utf8").trimEnd().split("\n");

  const vega = exportRuns([directory], { to: "vega", out: join(root, "all.json") }).files[0]!;
  type Row = { step: number; quantity: string; threshold: number; threshold_formula: string };
  const drawn: Row[] = JSON.parse(readFileSync(vega, "utf8")).data.values;
  check(
    "vega",
    drawn.map((row) => ({ ...row, formula: row.threshold_formula })),
  );

  const { rows } = await query("SELECT step, quantity, threshold, threshold_formula FROM metrics", [
    directory,
  ]);
  check(
    "query",
    (rows as [number, string, number, string][]).map(([step, quantity, threshold, formula]) => ({
      ...{ step, quantity, threshold, formula },
    })),
  );

  const wandb = exportRuns([directory], { to: "wandb", out: join(root, "wandb") }).files.at(-1)!;
  check(
    "wandb",
    lines(wandb).flatMap((line) => {
      const history = JSON.parse(line);
      return ["fullbs", "preconditioned-sharpness", "loss"].map((quantity) => ({
        ...{ step: history._step as number, quantity },
        threshold: history[`${quantity}/threshold`],
        formula: history[`${quantity}/threshold_formula`],
      }));
    }),
  );

  const csv = exportRuns([directory], { to: "csv", out: join(root, "all.csv") }).files[0]!;
  const [head, ...body] = lines(csv);
  expect(head).toMatch(/^run,batch,lr,threshold,step,quantity,/);
  for (const line of body) {
    const [, , rate, threshold, step, quantity] = line.split(",");
    expect(Number(rate)).toBeCloseTo(rates[Number(step) / 10]!, 12);
    const right = expected(quantity!, rates[Number(step) / 10]!);
    if (right === null) expect(threshold).toBe("");
    else expect(Number(threshold)).toBeCloseTo(right.threshold, 9);
  }

  const [row] = runTable([directory]).rows;
  const summary = summarize(readRun(directory), "");
  for (const quantities of [row!.quantities, summary.quantities]) {
    for (const [quantity, { comparison }] of Object.entries(quantities)) {
      const right = expected(quantity, rates[2]);
      expect(comparison.formula).toBe(right?.formula);
      if (right) expect(comparison.value).toBeCloseTo(right.threshold, 9);
    }
  }
});
