import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fork, measureAt, readRun, resume } from "@eoss/lab";
import { renderReport } from "@eoss/report";
import { ConfigError } from "@eoss/run";
import { afterAll, describe, expect, it } from "vitest";
import { exportRuns } from "../../export/exportRuns.js";
import { query } from "../../query/query.js";
import { runTable } from "../../table/runTable.js";
import { importResults } from "./importResults.js";
import type { ResultsSettings } from "./settings.js";

const root = mkdtempSync(join(tmpdir(), "eoss-results-"));
afterAll(() => rmSync(root, { recursive: true }));
let count = 0;

const ARGUMENTS =
  "# Arguments: Namespace(batch=4, epochs=None, steps=500, cpu=True, lr=0.05, stop_loss=1e-05, loss='mse', " +
  "dataset='cifar10', classes=[1, 9], num_data=1024, model='mlp', init_scale=0.2, momentum=None, adam=False, " +
  "gd_noise=None, init_seed=8888)";
const LEGEND =
  "# (0) epoch, (1) step, (2) batch loss, (3) full loss, (4) lambda max, (5) step sharpness, " +
  "(6) batch sharpness, (7) Gradient-Noise Interaction, (8) total accuracy";
const HEADER = [
  "# Edge of Stochastic Stability.",
  "# Dataset: cifar10, model mlp, lr 0.05, batch size 4, gd_noise None",
  ARGUMENTS,
  LEGEND,
];
const ROWS = [
  "000, 00000, 1.012345, 1.000125,   4.25,    3.1,    5.6,    nan,   0.12",
  "000, 00001, 0.987654,     nan,    nan,    nan,    nan,    nan,    nan",
  "000, 00256, 0.500000, 0.612500, -12.75,  140.2,   41.0, 123.45,   0.55",
];

function fileOf(lines: readonly string[], end = "\n"): string {
  const file = join(root, `theirs-${count++}`, "results.txt");
  mkdirSync(dirname(file));
  writeFileSync(file, lines.join("\n") + end);
  return file;
}

function imported(lines: readonly string[], given: ResultsSettings = {}, end = "\n") {
  const out = join(root, `run-${count++}`);
  const [result] = importResults([fileOf(lines, end)], { out, ...given });
  const run = readRun(out);
  const values = run.records.map(({ step, quantity, value }) => [step, quantity, value]);
  return { out, result: result!, run, values };
}

const VALUES = [
  [0, "step-loss", 1.012345],
  [0, "loss", 1.000125],
  [0, "fullbs", 4.25],
  [0, "step-batch-sharpness", 3.1],
  [0, "batch-sharpness", 5.6],
  [0, "accuracy", 0.12],
  [1, "step-loss", 0.987654],
  [256, "step-loss", 0.5],
  [256, "loss", 0.6125],
  [256, "fullbs", -12.75],
  [256, "step-batch-sharpness", 140.2],
  [256, "batch-sharpness", 41],
  [256, "gni", 123.45],
  [256, "accuracy", 0.55],
];

describe("results of the authors' code", () => {
  it("become the records of a run, with nothing that is not in the file", () => {
    const { run, values, result } = imported([...HEADER, ...ROWS]);
    expect(values).toEqual(VALUES);
    const [record] = run.records;
    expect(Object.keys(record!).sort()).toEqual(
      ["products", "quantity", "samples", "seconds", "status", "step", "unit", "value"].sort(),
    );
    expect(new Set(run.records.map(({ status }) => status))).toEqual(new Set(["imported"]));
    expect(run.manifest).toMatchObject({
      config: {
        data: "cifar10",
        model: "mlp",
        lr: 0.05,
        batch: 4,
        samples: 1024,
        optimizer: "sgd",
        loss: "mse",
        steps: 500,
        "init-scale": 0.2,
        "stop-loss": 1e-5,
        seed: 8888,
      },
      batchSize: 4,
      stabilityThreshold: 40,
      imported: {
        source: "results.txt",
        arguments: { classes: [1, 9], epochs: null, cpu: true, dataset: "cifar10" },
      },
      end: { reason: "completed", step: 257 },
    });
    expect(result).toMatchObject({
      steps: 3,
      measurements: { "step-loss": 3, gni: 1 },
      warnings: [],
    });
    expect(result.mapping).toContain("lambda max = fullbs");
  });

  it("are read by reports, tables, queries and exports", async () => {
    const { out } = imported([...HEADER, ...ROWS]);
    const html = renderReport([readRun(out)]);
    expect(html).toContain("mlp on\n1,024 samples of cifar10");
    expect(html).toContain("Their errors and costs are unknown");
    expect(html).not.toContain("Cost of measuring");
    const [row] = runTable([out]).rows;
    expect(row!.threshold).toBe(40);
    expect(row!.quantities.fullbs!.last).toEqual({ step: 256, value: -12.75, error: null });
    const { rows } = await query(
      "SELECT threshold, value, unit, error, status FROM metrics JOIN runs USING (run) WHERE quantity LIKE 'step-batch%' AND step = 256",
      [out],
    );
    expect(rows).toEqual([[40, 140.2, "sharpness", null, "imported"]]);
    for (const to of ["csv", "parquet", "tensorboard", "vega", "wandb"] as const) {
      expect(exportRuns([out], { to, out: join(out, to) }).runs).toBe(1);
    }
  });

  it("are of a run that cannot be resumed, forked or measured", async () => {
    const { out } = imported([...HEADER, ...ROWS]);
    const before = readdirSync(out);
    const refused = /was imported from results.txt without parameters/;
    await expect(resume(out, { steps: 1000 })).rejects.toThrow(refused);
    await expect(fork(out, {}, { at: 1, out: join(root, "fork") })).rejects.toThrow(refused);
    await expect(measureAt(out, "init", { measure: ["loss"] })).rejects.toThrow(refused);
    expect(readdirSync(out)).toEqual(before);
  });

  it("of the first version have other columns, and one number more than their legend names", () => {
    const legend =
      "# (0) epoch, (1) step, (2) batch loss, (3) full loss, (4) batch lambda max, (5) lambda max, " +
      "(6) batch sharpness (unaveraged=step sharpness), (7) total grad H grad,  (8) batch fisher eigenval, " +
      "(9) total fisher eigenval, (10) batch sharpness static (averaged), (11) Gradient-Noise Interaction, " +
      "(12) total accuracy";
    const row =
      "000, 00007, 0.993737,     nan,  36.50,  20.25,   17.9,    nan,   9.87,    nan,  33.33, 250.01,   0.42, 1.2345678e+01";
    const { values, result } = imported([
      "# Edge of Stochastic Stability. None",
      ...HEADER.slice(1, 3),
      legend,
      row,
    ]);
    expect(values).toEqual([
      [7, "step-loss", 0.993737],
      [7, "step-lambda-max", 36.5],
      [7, "fullbs", 20.25],
      [7, "step-batch-sharpness", 17.9],
      [7, "batch-sharpness", 33.33],
      [7, "gni", 250.01],
      [7, "accuracy", 0.42],
    ]);
    expect(result.mapping.filter((line) => line.includes("left out"))).toHaveLength(3);
  });

  it("that are not finite say so", () => {
    const row = "000, 00257,     nan,     inf,    nan,    nan,   -inf,    nan,    nan";
    const { run } = imported([...HEADER, ...ROWS, row]);
    const last = run.records.filter(({ step }) => step === 257);
    expect(last.map(({ quantity, value, status }) => [quantity, value, status])).toEqual(
      ["step-loss", "loss", "batch-sharpness"].map((name) => [name, null, "not-finite"]),
    );
  });

  it("lose the last line if a crash cut it off, and that is said", () => {
    // Cut within the last number, which still looks like one.
    const { values, result, run } = imported(
      [...HEADER, ...ROWS, ROWS[2]!.replace("256", "257").slice(0, -1)],
      {},
      "",
    );
    expect(values).toEqual(VALUES);
    expect(result.warnings).toEqual([
      expect.stringMatching(/the last line is cut off and left out$/),
    ]);
    expect(run.manifest.end).toMatchObject({ reason: "interrupted", step: 257 });
  });

  it("have the threshold of momentum and of Adam", () => {
    const withMomentum = HEADER.map((line) => line.replace("momentum=None", "momentum=0.9"));
    expect(imported([...withMomentum, ...ROWS]).run.manifest).toMatchObject({
      config: { optimizer: "heavy-ball momentum=0.9" },
      stabilityThreshold: 3.8 / 0.05,
    });
    const withAdam = HEADER.map((line) => line.replace("adam=False", "adam=True"));
    expect(imported([...withAdam, ...ROWS]).run.manifest.stabilityThreshold).toBeCloseTo(
      38 / 0.05,
      9,
    );
  });

  it("take what the file does not give from flags, and nothing against it", () => {
    const bare = [LEGEND, ...ROWS];
    expect(() => imported(bare)).toThrow(
      /does not give data, model, lr, batch, samples: set --data, --model, --lr, --batch, --samples$/,
    );
    expect(() => imported([HEADER[1]!, ...bare])).toThrow(/does not give samples: set --samples$/);
    const given = { data: "svhn", model: "cnn", lr: 0.5, batch: 8, samples: 100, momentum: 0.5 };
    expect(imported(bare, given).run.manifest).toMatchObject({
      config: { data: "svhn", model: "cnn", lr: 0.5, batch: 8, samples: 100 },
      stabilityThreshold: 6,
    });
    expect(() => imported([...HEADER, ...ROWS], { lr: 0.1 })).toThrow(
      /says lr 0.05, and --lr says 0.1: leave it out/,
    );
    expect(() => imported(bare, { ...given, lr: -1 })).toThrow(
      /lr is -1; allowed: a number above 0/,
    );
    expect(() => imported(bare, { ...given, batch: 101 })).toThrow(
      /batch is 101, but there are 100/,
    );
  });
});

describe("results from a stranger", () => {
  const LONG = 200_000;
  it.each([
    ["blanks in the legend", [`# (0) epoch${" ".repeat(LONG)}`]],
    ["blanks behind the legend", [`${LEGEND}${" ".repeat(LONG)}x`, ROWS[0]!]],
    [
      "a title without end",
      [`# Dataset: ${", model x, lr 1, batch size 2".repeat(LONG / 28)}`, LEGEND],
    ],
    ["one long word", [`# Arguments: ${"a".repeat(LONG)}`, LEGEND, ROWS[0]!]],
    ["quotes without end", [`# Arguments: ${"a='".repeat(LONG / 3)}`, LEGEND, ROWS[0]!]],
    ["escapes without end", [`# Arguments: a='${"\\'a=".repeat(LONG / 4)}`, LEGEND, ROWS[0]!]],
    ["lists without end", [`# Arguments: ${"a=[".repeat(LONG / 3)}`, LEGEND, ROWS[0]!]],
    ["signs of equality", [`# Arguments: ${"=".repeat(LONG)}`, LEGEND, ROWS[0]!]],
    ["blanks in a row", [...HEADER, `000,${" ".repeat(LONG)}0, x`]],
  ])("are refused at once: %s", (_, lines) => {
    const began = process.cpuUsage();
    expect(() => imported(lines)).toThrow(ConfigError);
    // Microseconds of processor time: what else the machine does says nothing.
    expect(process.cpuUsage(began).user).toBeLessThan(2e6);
  });

  it.skipIf(process.platform === "win32")("are files", () => {
    const pipe = join(root, "pipe");
    execFileSync("mkfifo", [pipe]);
    expect(() => importResults([pipe], { out: join(root, "piped") })).toThrow(
      /it is not a regular file/,
    );
    expect(() => importResults(["/dev/zero"], { out: join(root, "piped") })).toThrow(
      /not a regular file/,
    );
  });

  it("have each quantity once a step", () => {
    const twice = HEADER.map((line) => line.replace("(4) lambda max", "(4) full loss"));
    expect(() => imported([...twice, ...ROWS])).toThrow('has the column "full loss" twice');
    const same = HEADER.map((line) =>
      line.replace("(4) lambda max", "(4) batch sharpness static (averaged)"),
    );
    expect(() => imported([...same, ...ROWS])).toThrow(/both mean batch-sharpness/);
  });

  it("have steps that a run can have", () => {
    const last = (step: number) => [...HEADER, ROWS[2]!.replace("00256", String(step))];
    expect(() => imported(last(Number.MAX_SAFE_INTEGER))).toThrow(/a step of 0 or later/);
    const { out } = imported(last(Number.MAX_SAFE_INTEGER - 1));
    expect(runTable([out]).rows.length).toBe(1);
  });
});

describe("damaged results", () => {
  const first = HEADER.length + 1;
  const cases: [string, readonly string[], RegExp][] = [
    [
      "no legend",
      [...HEADER.slice(0, 3), ...ROWS],
      /line 4: expected the legend .*found "000, 00000/,
    ],
    ["an empty file", [], /line 1: expected the legend .*found ""/],
    [
      "a number too few",
      [...HEADER, ROWS[0]!, "000, 00001, 0.9"],
      /line 6: expected 9 numbers .*found "000, 00001, 0.9"/,
    ],
    [
      "two numbers too many",
      [...HEADER, `${ROWS[0]}, 1, 2`],
      /line 5: expected the 9 numbers of the legend/,
    ],
    [
      "no number",
      [...HEADER, ROWS[0]!.replace("4.25", "4.2.5")],
      /line 5: expected a number, inf or nan, found "4.2.5"/,
    ],
    [
      "a lost line feed",
      [...HEADER, ROWS[0]! + ROWS[1]!],
      new RegExp(`line ${first}: expected the 9`),
    ],
    [
      "a step back",
      [...HEADER, ROWS[0]!, ROWS[2]!, ROWS[1]!],
      /line 7: expected a step of 257 or later .*found "00001"/,
    ],
    [
      "a line between that is empty",
      [...HEADER, ROWS[0]!, "", ROWS[1]!],
      /line 6: expected 9 numbers .*found ""/,
    ],
    ["no steps", HEADER, /has no steps after its header/],
  ];
  it.each(cases)("%s is an error that says where", (_, lines, message) => {
    const folders = readdirSync(root).filter((name) => name.startsWith("run-"));
    expect(() => imported(lines)).toThrow(ConfigError);
    expect(() => imported(lines)).toThrow(message);
    expect(readdirSync(root).filter((name) => name.startsWith("run-"))).toEqual(folders);
  });

  it("of one file keep all of them from being written", () => {
    const files = [
      fileOf([...HEADER, ...ROWS]),
      fileOf([...HEADER, "x"]),
      fileOf([...HEADER, ...ROWS]),
    ];
    const out = join(root, "several");
    expect(() => importResults(files, { out })).toThrow(/line 5/);
    expect(readdirSync(root)).not.toContain("several");
    const sound = [files[0]!, files[2]!];
    expect(importResults(sound, { out }).map(({ directory }) => directory)).toEqual(
      sound.map((file) => join(out, dirname(file).slice(root.length + 1))),
    );
    expect(() => importResults(sound, { out })).toThrow(/already holds a run/);
    expect(() => importResults([files[0]!, files[0]!], { out: join(root, "x") })).toThrow(
      /one by one/,
    );
    expect(() => importResults([root], { out: join(root, "x") })).toThrow(/it is a folder/);
  });
});
