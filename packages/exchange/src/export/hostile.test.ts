import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative, sep } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { record, writeRun } from "../../test/runFolder.js";
import { loadDuckDB } from "../query/duckdb.js";
import { exportRuns } from "./exportRuns.js";

const root = mkdtempSync(join(tmpdir(), "eoss-hostile-export-"));
afterAll(() => rmSync(root, { recursive: true }));
const runs = join(root, "in", "runs");

/** What a folder may be called on Linux. */
const FOLDERS = [
  "..\\..\\evil",
  "..\\..\\..\\..\\evil",
  "..a",
  "a\nb",
  "\u001b[31mred",
  "🦊 = 'x'",
  "%2e%2e",
  "_step",
  "con",
  "x".repeat(250),
];

/** What a quantity may be called: no control characters. */
const QUANTITIES = [
  "../../evil",
  "minibs/error",
  "minibs%2Ferror",
  "_step",
  "_timestamp",
  "__proto__",
  "constructor",
  '=cmd("x")',
  "größe 🦊 \u202e",
  "q".repeat(1000),
];

const VALUES = [1e308, 5e-324, -1 / 3, 2 ** 53 + 2, 0.1 + 0.2, 1e-320, 3];

beforeAll(() => {
  for (const [i, folder] of FOLDERS.entries()) {
    const records = QUANTITIES.map((quantity, k) =>
      record(0, quantity, VALUES[(i + k) % VALUES.length]!, { unit: "none" }),
    );
    records.push(record(0, "minibs", i, { standardError: 1, margin: 2, unit: "none" }));
    records.push(record(1, "minibs", null, { unit: "none", status: "not-finite" }));
    records.push(record(Number.MAX_SAFE_INTEGER, "minibs", i, { unit: "none" }));
    writeRun(join(runs, folder), { records });
  }
});

function filesIn(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)));
}

describe("names that a stranger chose", () => {
  it("lead to no file outside, and to one for each run", () => {
    const before = filesIn(root);
    for (const to of ["tensorboard", "wandb"] as const) {
      const out = join(root, "out", "deep", to);
      const { files } = exportRuns([runs], { to, out });
      expect(files.every((file) => relative(out, file).split(sep)[0] !== "..")).toBe(true);
      expect(new Set(files).size).toBe(FOLDERS.length + (to === "wandb" ? 2 : 0));
    }
    const outside = filesIn(root).filter((file) => !file.startsWith(join("out", "deep") + sep));
    expect(outside.sort()).toEqual(before.sort());
  });

  it("are keys of W&B that stand for one number each", () => {
    const out = join(root, "wandb");
    exportRuns([runs], { to: "wandb", out });
    const lines = (file: string) =>
      readFileSync(join(out, file), "utf8")
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line));
    const entries = lines("runs.jsonl");
    expect(new Set(entries.map(({ name }) => name)).size).toBe(FOLDERS.length);
    for (const { history, keys } of entries) {
      const [first] = lines(history);
      expect(first._step).toBe(0);
      expect(first["minibs/error"]).toBe(2);
      const own = keys.filter((key: string) => !key.includes("/"));
      expect(own.toSorted()).toEqual(
        [
          "..%2F..%2Fevil",
          "minibs%2Ferror",
          "minibs%252Ferror",
          "%5Fstep",
          "%5Ftimestamp",
          "%5F_proto__",
          ...QUANTITIES.slice(6),
          "minibs",
        ].toSorted(),
      );
      for (const key of own) expect(typeof first[key]).toBe("number");
    }
  });
});

it("Parquet gives DuckDB every value, bit for bit", async () => {
  const out = join(root, "all.parquet");
  exportRuns([runs], { to: "parquet", out });
  const duckdb = await loadDuckDB();
  const instance = await duckdb.DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  const sql = `SELECT run, quantity, step, value, error FROM read_parquet('${out}')`;
  const rows = (await connection.runAndReadAll(sql)).getRowsJS();
  connection.closeSync();
  instance.closeSync();
  const key = (run: unknown, quantity: unknown, step: unknown) => `${run} ${quantity} ${step}`;
  const found = new Map(
    rows.map(([run, quantity, step, ...rest]) => [key(run, quantity, step), rest]),
  );
  expect(found.size).toBe(FOLDERS.length * (QUANTITIES.length + 3));
  for (const [i, folder] of FOLDERS.entries()) {
    const run = join(runs, folder);
    for (const [k, quantity] of QUANTITIES.entries()) {
      expect(found.get(key(run, quantity, 0n))).toStrictEqual([
        VALUES[(i + k) % VALUES.length],
        null,
      ]);
    }
    expect(found.get(key(run, "minibs", 0n))).toStrictEqual([i, 2]);
    expect(found.get(key(run, "minibs", 1n))).toStrictEqual([null, null]);
    expect(found.get(key(run, "minibs", BigInt(Number.MAX_SAFE_INTEGER)))?.[0]).toBe(i);
  }
});
