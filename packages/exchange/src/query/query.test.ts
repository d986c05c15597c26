import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { errorOf, marginOf } from "@eoss/lab/internal";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { record, writeRun } from "../../test/runFolder.js";
import { query, streamQuery } from "./query.js";

const root = mkdtempSync(join(tmpdir(), "eoss-query-"));
afterAll(() => rmSync(root, { recursive: true }));

const sweep = join(root, "sweep");
const quoted = join(sweep, "it's [1] 50%*");
const EVIL = `x'); DROP TABLE runs; --`;

beforeAll(() => {
  for (const [batch, lr, level] of [
    [4, 0.1, 30],
    [16, 0.1, 25],
    [16, 0.2, 12],
  ] as const) {
    const records = [0, 200, 400].flatMap((step) => [
      record(step, "minibs", level + step / 1000, { standardError: 0.5, errorBound: 0.02 }),
      record(step, "loss", 1 / (step + 1)),
    ]);
    writeRun(join(sweep, `b${batch}-lr${lr}`), { config: { batch, lr }, records });
  }
  writeRun(quoted, {
    config: {
      batch: 64,
      "data-dir": EVIL,
      width: [8, 8],
      measure: ["minibs", `a') AS "b`, EVIL, ["loss"]],
    },
    manifest: { end: null, endedAt: null, backend: EVIL },
    records: [record(0, "minibs", null, { status: "not-finite" }), record(100, "minibs", 7)],
    tail: '{"step":200,"quantity":"mini',
  });
});

const rows = async (sql: string, ...directories: string[]) =>
  (await query(sql, directories.length > 0 ? directories : [root])).rows;

describe("query", () => {
  it("joins records with the settings of their runs", async () => {
    const sql = `SELECT batch, lr, count(*) AS k, avg(value * lr / 2) AS level
                 FROM metrics JOIN runs USING (run) WHERE quantity = 'minibs' AND step >= 200
                 GROUP BY batch, lr ORDER BY batch, lr`;
    const { columns, rows } = await query(sql, [root]);
    expect(columns).toEqual(["batch", "lr", "k", "level"]);
    expect(rows.map((row) => row.slice(0, 3))).toEqual([
      [4, 0.1, 2],
      [16, 0.1, 2],
      [16, 0.2, 2],
    ]);
    expect(rows[0]![3]).toBeCloseTo(30.3 * 0.05, 12);
  });

  it("has no two columns for a join to mistake", async () => {
    const columns = async (table: string) =>
      (await query(`SELECT * FROM ${table}`, [root])).columns;
    const ofRuns = (await columns("runs")).filter((name) => name !== "run");
    const ofRecords = [...(await columns("metrics")), ...(await columns("steps"))];
    expect(ofRuns.filter((name) => ofRecords.includes(name))).toEqual([]);
    expect(ofRuns).toEqual(expect.arrayContaining(["lr", "batch", "loss_head", "width", "state"]));
  });

  it("gives a record its 95 % error, and none where none is known", async () => {
    const found = await rows(
      "SELECT DISTINCT quantity, error FROM metrics WHERE value IS NOT NULL AND run NOT LIKE '%50%%' ORDER BY 1",
    );
    expect(found).toEqual([
      ["loss", null],
      ["minibs", expect.closeTo(marginOf({ standardError: 0.5 }) + 0.02, 10)],
    ]);
  });

  it("gives every record the error that `errorOf` gives it", async () => {
    const known = [{ margin: 0.3 }, { standardError: 0.1 }, { errorBound: 0.02 }];
    const cases = Array.from({ length: 8 }, (_, bits) =>
      Object.assign({}, ...known.filter((_, i) => bits & (1 << i))),
    );
    const records = cases.map((uncertainty, step) => record(step, "minibs", 7, uncertainty));
    const folder = join(root, "..", `${basename(root)}-errors`);
    writeRun(folder, { records });
    const found = await rows("SELECT error FROM metrics ORDER BY step", folder);
    rmSync(folder, { recursive: true });
    for (const [i, [error]] of found.entries()) {
      const expected = errorOf(cases[i]!);
      if (expected === null) expect(error).toBeNull();
      else expect(error).toBeCloseTo(expected, 12);
    }
  });

  it("has a column for each quantity in steps", async () => {
    const error = expect.closeTo(marginOf({ standardError: 0.5 }) + 0.02, 10);
    const sql = "SELECT step, minibs, minibs_error, loss, batch_sharpness FROM steps ORDER BY step";
    expect(await rows(sql, join(sweep, "b4-lr0.1"))).toEqual([
      [0, 30, error, 1, null],
      [200, 30.2, error, 1 / 201, null],
      [400, 30.4, error, 1 / 401, null],
    ]);
  });

  it("pivots, and lists what there is", async () => {
    const sql = "PIVOT (SELECT quantity, step, value FROM metrics) ON quantity USING max(value)";
    const { columns } = await query(sql, [root]);
    expect(columns).toEqual(["step", "loss", "minibs"]);
    expect((await query("DESCRIBE steps", [root])).rows.length).toBeGreaterThan(4);
  });

  it("gives rows while they are made, and passes on what their reader throws", async () => {
    const sizes: number[] = [];
    await streamQuery(
      "SELECT range AS i FROM range(10000)",
      [root],
      async ({ columns, pieces }) => {
        expect(columns).toEqual(["i"]);
        for await (const rows of pieces) sizes.push(rows.length);
      },
    );
    expect(sizes.length).toBeGreaterThan(1);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(10_000);
    const broken = streamQuery("SELECT 1", [root], async () => {
      throw new RangeError("the reader's own");
    });
    await expect(broken).rejects.toThrow(new RangeError("the reader's own"));
    await expect(query("SELECT error('row ' || i) FROM range(9) t(i)", [root])).rejects.toThrow(
      /row 0[\s\S]*runs: run/,
    );
  });

  it("says how many runs there are, and how they ended", async () => {
    expect(
      await rows("SELECT state, count(*), max(last_step) FROM runs GROUP BY 1 ORDER BY 1"),
    ).toEqual([
      ["begun", 1, 100],
      ["completed", 3, 400],
    ]);
  });

  it("takes relative folders as they are written", async () => {
    const before = process.cwd();
    process.chdir(root);
    try {
      const sql = "SELECT DISTINCT run, batch FROM metrics JOIN runs USING (run)";
      expect(await rows(sql, "./sweep/b4-lr0.1/")).toEqual([["sweep/b4-lr0.1", 4]]);
    } finally {
      process.chdir(before);
    }
  });
});

describe("a run that is being written", () => {
  it("leaves a half-written last line out, and says so", async () => {
    const { rows, warnings } = await query("SELECT step, value FROM metrics ORDER BY 1", [quoted]);
    expect(rows).toEqual([
      [0, null],
      [100, 7],
    ]);
    expect(warnings).toEqual([
      `${quoted}/metrics.jsonl: 1 line incomplete or damaged, and left out`,
    ]);
    expect((await query("SELECT 1", [join(sweep, "b4-lr0.1")])).warnings).toEqual([]);
  });

  it("refuses damage in the middle of a run that is over, and names the file", async () => {
    const damaged = writeRun(join(root, "damaged"), { records: [record(0, "loss", 1)] });
    appendFileSync(
      join(damaged, "metrics.jsonl"),
      `oops
${JSON.stringify(record(1, "loss", 1))}
`,
    );
    await expect(query("SELECT sum(value) FROM metrics", [damaged])).rejects.toThrow(
      /Malformed JSON in file .*damaged\/metrics\.jsonl/,
    );
    rmSync(damaged, { recursive: true });
  });

  it("may have measured nothing yet, or not even begun to", async () => {
    const empty = writeRun(join(root, "empty"), {});
    const none = writeRun(join(root, "none"), {});
    rmSync(join(none, "metrics.jsonl"));
    expect(await rows("SELECT count(*) FROM metrics", empty, none)).toEqual([[0]]);
    expect(await rows("SELECT count(*) FROM runs WHERE last_step = 400", empty, none)).toEqual([
      [2],
    ]);
    for (const folder of [empty, none]) rmSync(folder, { recursive: true });
  });
});

describe("what a run says", () => {
  it("is a value, whatever it holds", async () => {
    const sql =
      "SELECT run, backend, data_dir, settings->>'$.measure[2]' FROM runs WHERE batch = 64";
    expect(await rows(sql)).toEqual([[quoted, EVIL, EVIL, EVIL]]);
  });

  it("makes no column of its own", async () => {
    const { columns } = await query("SELECT * FROM steps LIMIT 0", [root]);
    expect(columns.join()).toBe(
      "run,step,step_loss,step_loss_error,loss,loss_error,minibs,minibs_error,batch_sharpness,batch_sharpness_error",
    );
  });
});

describe("a query", () => {
  it("that is wrong is told what there is", async () => {
    await expect(query("SELECT sharpness FROM metrics", [root])).rejects.toThrow(
      /"sharpness" not found[\s\S]*\n\nmetrics: run, step, quantity, value[\s\S]*\nruns: run, name/,
    );
    await expect(query("SELEC 1", [root])).rejects.toThrow(/syntax error[\s\S]*runs: run/);
    await expect(query(" ", [root])).rejects.toThrow("the statement is empty");
  });

  const records = join(sweep, "b4-lr0.1", "metrics.jsonl");
  const other = join(root, "other.txt");
  const to = (file: string) => `TO '${file}' (USE_TMP_FILE false)`;
  const NOT_ALLOWED = /this statement is not allowed; allowed: SELECT/;
  const NO_FILES = /LocalFileSystem has been disabled/;
  const READ_ONLY = /attached in read-only mode/;
  it.each([
    ["another file", `SELECT * FROM read_text('${other}')`, NO_FILES],
    ["run.json", `FROM read_text('${join(sweep, "b4-lr0.1", "run.json")}')`, NO_FILES],
    ["files of the system", "SELECT * FROM read_text('/etc/passwd')", NO_FILES],
    ["lists of files", "SELECT * FROM glob('/etc/*')", NO_FILES],
    ["the records by their file", `SELECT * FROM '${records}'`, NO_FILES],
    ["the database by its file", "SELECT * FROM read_blob('/tmp/eoss-query-*/runs.db')", NO_FILES],
    ["writing a file", `COPY (SELECT 1) TO '${other}'`, NOT_ALLOWED],
    ["writing the records", `COPY (SELECT 1) ${to(records)}`, NOT_ALLOWED],
    ["a second statement", `SELECT 1; COPY (SELECT 1) ${to(records)}`, NOT_ALLOWED],
    ["writing the records in a plan", `EXPLAIN ANALYZE COPY (SELECT 1) ${to(records)}`, NO_FILES],
    ["writing a file in a plan", `EXPLAIN ANALYZE COPY (SELECT 1) ${to(other)}`, NO_FILES],
    ["changing a run", "UPDATE runs SET lr = 1", NOT_ALLOWED],
    ["changing a run in a plan", "EXPLAIN ANALYZE UPDATE runs SET lr = 1", READ_ONLY],
    ["changing a record in a plan", "EXPLAIN ANALYZE UPDATE metrics SET value = 1", READ_ONLY],
    ["adding a run in a plan", "EXPLAIN ANALYZE INSERT INTO runs (run) VALUES ('x')", READ_ONLY],
    [
      "adding a run by a query",
      "WITH t AS (SELECT 1) INSERT INTO runs (lr) FROM t",
      /INSERT statement/,
    ],
    ["removing records in a plan", "EXPLAIN ANALYZE DELETE FROM metrics", READ_ONLY],
    ["a table", "CREATE TABLE t AS SELECT 1", NOT_ALLOWED],
    ["a table in a plan", "EXPLAIN ANALYZE CREATE TABLE t AS SELECT 1", READ_ONLY],
    ["dropping the records", "DROP TABLE metrics", NOT_ALLOWED],
    ["opening up again", "SET enable_external_access = true", NOT_ALLOWED],
    ["a setting in a plan", "EXPLAIN ANALYZE SET lock_configuration = false", /locked/],
    ["a pragma", "PRAGMA enable_profiling", NOT_ALLOWED],
    ["an extension", "INSTALL httpfs", NOT_ALLOWED],
    ["an extension in a plan", "EXPLAIN ANALYZE LOAD httpfs", /disabled/],
    ["an extension of a file", `LOAD '${other}'`, NOT_ALLOWED],
    ["another database", `ATTACH '${other}'`, NOT_ALLOWED],
    ["all of it as files", `EXPORT DATABASE '${root}/export'`, NOT_ALLOWED],
    ["all of it behind a comment", `/* SELECT */ EXPORT DATABASE '${root}/export'`, NOT_ALLOWED],
    ["all of it in a plan", `EXPLAIN EXPORT DATABASE '${root}/export'`, /syntax error/],
    ["all of it after a PIVOT", `PIVOT runs ON lr; EXPORT DATABASE '${root}/export'`, NOT_ALLOWED],
    ["a log", `FROM enable_logging(storage = 'file', storage_path = '${root}/log')`, /disabled/],
    ["the environment", "SELECT getenv('HOME')", /getenv does not exist/],
  ])("cannot have %s", async (_, sql, message) => {
    writeFileSync(other, "secret");
    const before = readFileSync(records, "utf8");
    const there = readdirSync(root);
    await expect(query(sql, [root])).rejects.toThrow(message);
    expect(readFileSync(records, "utf8")).toBe(before);
    expect(readFileSync(other, "utf8")).toBe("secret");
    expect(readdirSync(root)).toEqual(there);
  });

  it("is shown no file that a link leads to", async () => {
    const folder = writeRun(join(root, "linked"), {});
    rmSync(join(folder, "metrics.jsonl"));
    symlinkSync(records, join(folder, "metrics.jsonl"));
    await expect(query("SELECT * FROM metrics", [folder])).rejects.toThrow(
      /linked\/metrics\.jsonl is a symbolic link, and links are not followed/,
    );
    rmSync(folder, { recursive: true });
  });

  it("leaves nothing behind", async () => {
    const temporary = mkdtempSync(join(root, "temporary-"));
    vi.stubEnv("TMPDIR", temporary);
    await query("SELECT * FROM metrics", [root]);
    await expect(query("SELECT nothing", [root])).rejects.toThrow();
    vi.unstubAllEnvs();
    expect(readdirSync(temporary)).toEqual([]);
    rmSync(temporary, { recursive: true });
  });

  it("for runs alone reads no records", async () => {
    const damaged = writeRun(join(root, "damaged"), { records: [record(0, "loss", 1)] });
    appendFileSync(join(damaged, "metrics.jsonl"), "oops\n{}\n");
    expect(await rows("SELECT count(*) FROM runs", damaged)).toEqual([[1]]);
    await expect(query("SELECT 1 FROM runs, metrics", [damaged])).rejects.toThrow(/Malformed JSON/);
    rmSync(damaged, { recursive: true });
  });

  it("without runs says where there are none", async () => {
    await expect(query("SELECT 1", [join(root, "nowhere")])).rejects.toThrow(
      /nowhere cannot be read \(ENOENT\)/,
    );
    const empty = mkdtempSync(join(root, "empty-"));
    await expect(query("SELECT 1", [empty])).rejects.toThrow(/holds no run/);
  });
});
