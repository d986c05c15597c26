import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RunWriteError } from "@eoss/lab";
import { RunFolderError } from "@eoss/run";
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from "hyparquet";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { record, writeRun } from "../../test/runFolder.js";
import { query } from "../query/query.js";
import { exportRuns } from "./exportRuns.js";
import { runNames } from "./runNames.js";

const root = mkdtempSync(join(tmpdir(), "eoss-export-"));
afterAll(() => rmSync(root, { recursive: true }));

const runs = join(root, "runs");
const a = join(runs, "a");
const b = join(runs, "deep", 'b, "2"');

beforeAll(() => {
  writeRun(a, {
    records: [
      record(20, "minibs", 1 / 3, { standardError: 0.25, margin: 0.49, errorBound: 0.01 }),
      record(10, "minibs", 18),
      record(20, "minibs", 2 / 3, { standardError: 0.5, margin: 0.98 }), // again, after a resume
      record(20, "loss", null, { status: "not-finite" }),
    ],
  });
  writeRun(b, { config: { batch: 4 }, records: [record(10, "loss", 0.5)], tail: '{"st' });
});

const written = (to: "csv" | "parquet" | "vega") => {
  const exported = exportRuns([runs], { to, out: join(root, "out", `all.${to}`) });
  expect(exported.runs).toBe(2);
  expect(exported.warnings).toEqual([
    `${b}: the last line of metrics.jsonl is incomplete and was left out`,
  ]);
  return exported.files[0]!;
};

/** The rows that there are, in their order. */
const common = {
  ...{ lr: 0.1, samples: 64, products: 8, seconds: 0.01 },
  ...{ small_batch_threshold: null, small_batch_formula: null },
};
const compared = { threshold: 20, threshold_formula: "2/η" };
const alone = { threshold: null, threshold_formula: null };
const none = { error: null, standard_error: null, error_bound: null, error_kind: null };
const ROWS = [
  {
    ...{ ...common, ...none, ...compared, run: a, batch: 16 },
    ...{ step: 10, quantity: "minibs", value: 18, status: "ok" },
  },
  {
    ...common,
    ...compared,
    run: a,
    batch: 16,
    step: 20,
    quantity: "minibs",
    value: 2 / 3,
    error: 0.98,
    standard_error: 0.5,
    error_bound: null,
    error_kind: null,
    status: "ok",
  },
  {
    ...common,
    ...none,
    ...alone,
    run: a,
    batch: 16,
    step: 20,
    quantity: "loss",
    value: null,
    status: "not-finite",
  },
  {
    ...{ ...common, ...none, ...alone, run: b, batch: 4 },
    ...{ step: 10, quantity: "loss", value: 0.5, status: "ok" },
  },
];

describe("exports", () => {
  it("write comma-separated values", () => {
    const quoted = `"${b.replaceAll('"', '""')}"`;
    expect(readFileSync(written("csv"), "utf8").split("\n")).toEqual([
      "run,batch,lr,threshold,step,quantity,value,unit,error,standard_error,error_bound,error_kind,samples,products,seconds,status,threshold_formula,small_batch_threshold,small_batch_formula",
      `${a},16,0.1,20,10,minibs,18,sharpness,,,,,64,8,0.01,ok,2/η,,`,
      `${a},16,0.1,20,20,minibs,${2 / 3},sharpness,0.98,0.5,,,64,8,0.01,ok,2/η,,`,
      `${a},16,0.1,,20,loss,,loss,,,,,64,8,0.01,not-finite,,,`,
      `${quoted},4,0.1,,10,loss,0.5,loss,,,,,64,8,0.01,ok,,,`,
      "",
    ]);
  });

  it("write Parquet, which hyparquet reads back with types and all digits", async () => {
    const file = await asyncBufferFromFile(written("parquet"));
    const rows = await parquetReadObjects({ file });
    const integers = ROWS.map((row) => ({
      ...row,
      unit: row.quantity === "loss" ? "loss" : "sharpness",
      batch: BigInt(row.batch),
      step: BigInt(row.step),
    }));
    expect(rows).toEqual(integers);
    const { schema } = await parquetMetadataAsync(file);
    expect(Object.fromEntries(schema.slice(1).map(({ name, type }) => [name, type]))).toMatchObject(
      {
        run: "BYTE_ARRAY",
        step: "INT64",
        value: "DOUBLE",
        standard_error: "DOUBLE",
      },
    );
  });

  it("write Parquet also where nothing was measured", async () => {
    const empty = writeRun(join(root, "empty"), {});
    const out = join(root, "empty.parquet");
    exportRuns([empty], { to: "parquet", out });
    expect(await parquetReadObjects({ file: await asyncBufferFromFile(out) })).toEqual([]);
  });

  it("write a Vega-Lite chart with its numbers", () => {
    const chart = JSON.parse(readFileSync(written("vega"), "utf8"));
    // What was not finite cannot be drawn; only a sharpness has a threshold.
    expect(chart.data.values).toEqual([
      {
        ...{ run: "a", quantity: "minibs", step: 10, value: 18, low: 18, high: 18 },
        ...compared,
      },
      {
        run: "a",
        quantity: "minibs",
        step: 20,
        value: 2 / 3,
        low: 2 / 3 - 0.98,
        high: 2 / 3 + 0.98,
        ...compared,
      },
      {
        run: 'deep/b, "2"',
        quantity: "loss",
        step: 10,
        value: 0.5,
        low: 0.5,
        high: 0.5,
        ...alone,
      },
    ]);
  });

  it("say what is wrong", () => {
    expect(() => exportRuns([join(root, "out")], { to: "csv" })).toThrow(RunFolderError);
    const out = join(a, "run.json", "x.csv");
    expect(() => exportRuns([a], { to: "csv", out })).toThrow(RunWriteError);
  });
});

describe("names of runs", () => {
  const namesOf = (...folders: string[]) => [...runNames(folders).values()];

  it("are short, distinct and never lead upwards", () => {
    expect(namesOf("x/runs/a")).toEqual(["a"]);
    expect(namesOf("x/runs/a", "x/runs/deep/b")).toEqual(["a", "deep/b"]);
    expect(namesOf("x/ab/r", "x/a/r", "x/a/..b")).toEqual(["ab/r", "a/r", "a/..b"]);
    expect(namesOf("../../r", "r")).not.toContainEqual(expect.stringMatching(/^(\.\.|\/)/));
  });
});

/** A record with everything that parts can be. */
const SPECTRAL = record(30, "density", 4, {
  parts: {
    eigenvalues: { value: [3, 2, 1e-3], errorBound: [0.1, 0.2, 0.3] },
    "layer dense1/kernel": { value: 2.5, errorBound: 0.05 },
    lambda: { value: [-1, 0, 3] },
    density: { value: [0.25, 0.5, 1e-9], standardError: [0.1, 0.1, 0], margin: [0.3, 0.2, 0] },
    width: { value: 0.04 },
    // A number that was not finite.
    mean: { value: null as unknown as number },
  },
});

describe("further numbers of a record", () => {
  const folder = join(root, "spectra", "run");
  const expected = [
    ["eigenvalues", 1, null, 3, 0.1, null, 0.1],
    ["eigenvalues", 2, null, 2, 0.2, null, 0.2],
    ["eigenvalues", 3, null, 1e-3, 0.3, null, 0.3],
    ["layer dense1/kernel", null, null, 2.5, 0.05, null, 0.05],
    ["density", 1, -1, 0.25, 0.3, 0.1, null],
    ["density", 2, 0, 0.5, 0.2, 0.1, null],
    ["density", 3, 3, 1e-9, 0, 0, null],
    ["width", null, null, 0.04, null, null, null],
    ["mean", null, null, null, null, null, null],
  ];
  const names = "part,place,at_lambda,value,error,standard_error,error_bound";
  beforeAll(() => {
    writeRun(folder, { records: [record(30, "loss", 1), SPECTRAL] });
  });

  it("stand beside the measurements as comma-separated values, in long form", () => {
    const out = join(root, "out", "spectra.csv");
    const { files } = exportRuns([folder], { to: "csv", out });
    expect(files).toEqual([out, join(root, "out", "spectra.parts.csv")]);
    const lines = readFileSync(files[1]!, "utf8").trimEnd().split("\n");
    expect(lines[0]).toBe(`run,batch,lr,step,quantity,${names}`);
    const cells = expected.map((row) => row.map((cell) => cell ?? "").join(","));
    expect(lines.slice(1)).toEqual(cells.map((row) => `${folder},16,0.1,30,density,${row}`));
  });

  it("stand beside them as Parquet", async () => {
    const { files } = exportRuns([folder], { to: "parquet", out: join(root, "spectra.parquet") });
    const file = await asyncBufferFromFile(files[1]!);
    const rows = await parquetReadObjects({ file });
    const columns = names.split(",");
    expect(rows.map((row) => columns.map((name) => row[name]))).toEqual(
      expected.map(([part, place, ...rest]) => [
        part,
        place === null ? null : BigInt(place as number),
        ...rest,
      ]),
    );
  });

  it("are the rows of parts in a query", async () => {
    const sql = `SELECT ${names} FROM parts WHERE run = '${folder}' AND step = 30 AND quantity = 'density'`;
    const { rows } = await query(sql, [folder]);
    expect(rows).toHaveLength(expected.length);
    expect(rows).toEqual(expect.arrayContaining(expected));
  });

  it("make no file where there are none", () => {
    const out = join(root, "none.csv");
    expect(exportRuns([a], { to: "csv", out }).files).toEqual([out]);
  });
});
