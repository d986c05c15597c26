import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { record, writeRun } from "../../exchange/test/runFolder.js";

/** The built program, as users run it. */
const bin = fileURLToPath(new URL("../bin/eoss.js", import.meta.url));
const root = mkdtempSync(join(tmpdir(), "eoss-cli-query-"));
afterAll(() => rmSync(root, { recursive: true }));

function eoss(...args: string[]) {
  return node(bin, ...args);
}

function node(...args: string[]) {
  return new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    const options = {
      cwd: root,
      env: { ...process.env, NO_COLOR: "1" },
      maxBuffer: 2 ** 26,
    };
    execFile(process.execPath, args, options, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

beforeAll(() => {
  const measure = ["fullbs", "minibs", "batch-sharpness"];
  writeRun(join(root, "runs/b10"), {
    config: { batch: 10, steps: 8, every: 4, measure },
    manifest: { end: { reason: "completed", step: 8, message: "made 8 steps" } },
    records: [0, 4, 8].flatMap((step) =>
      measure.map((quantity, i) => record(step, quantity, 5 + i + step / 7)),
    ),
  });
});

describe("query", () => {
  const sql =
    "SELECT name, batch, last_step, (SELECT max(threshold) FROM metrics) / 3 AS third FROM runs";

  it("prints a table, JSON or CSV", async () => {
    const text = await eoss("query", sql, "runs");
    expect(text).toMatchObject({ code: 0, stderr: "" });
    expect(text.stdout).toMatch(
      /^name {3}batch {3}last_step {5}third\n─+ .*\nb10 {7}10 {11}8 {3}6\.66667\n1 row\n$/,
    );
    const json = await eoss("query", sql, "runs", "--json");
    expect(JSON.parse(json.stdout)).toEqual([
      { name: "b10", batch: 10, last_step: 8, third: 20 / 3 },
    ]);
    const csv = await eoss("query", sql, "runs/b10", "--csv");
    expect(csv.stdout).toBe(`name,batch,last_step,third\nb10,10,8,${20 / 3}\n`);
    const none = await eoss("query", `${sql} WHERE batch = 1`, "runs", "--csv");
    expect(none.stdout).toBe("name,batch,last_step,third\n");
  });

  it("writes in pieces: no answer is too large", async () => {
    const sql = "SELECT range AS i, range / 3 AS third FROM range(300000)";
    // The rows alone take more than this heap holds.
    const asked = [["--json"], ["--csv"], []].map((flags) =>
      node("--max-old-space-size=64", bin, "query", sql, "runs", ...flags),
    );
    const [json, csv, text] = (await Promise.all(asked)).map(({ stdout }) => stdout);
    const objects = JSON.parse(json!);
    expect(objects).toHaveLength(3e5);
    expect(objects[299_999]).toEqual({ i: 299_999, third: 299_999 / 3 });
    const lines = csv!.split("\n");
    expect(lines).toHaveLength(3e5 + 2);
    expect(lines.slice(-3)).toEqual(["299998,99999.33333333333", "299999,99999.66666666667", ""]);
    const rows = text!.split("\n");
    expect(rows).toHaveLength(3e5 + 4);
    expect(rows.slice(-3)).toEqual(["299999    99999.7", "300000 rows", ""]);
  });

  it("says what DuckDB did not understand, and what there is", async () => {
    const { code, stderr } = await eoss("query", "SELECT minibs FROM runs", "runs");
    expect(code).toBe(2);
    expect(stderr).toMatch(/^eoss: Binder Error: .*"minibs" not found/);
    expect(stderr).toContain("steps: run, step, ");
  });
});

describe("table", () => {
  const header = "run        batch    lr       state   step   fullbs in 2/η   minibs in 2/η";

  it("prints a row a run as text, Markdown, CSV or JSON", async () => {
    const text = await eoss("table", "runs");
    expect(text).toMatchObject({ code: 0, stderr: "" });
    const [head, rule, row, ...rest] = text.stdout.trimEnd().split("\n");
    expect(head!.startsWith(header), head).toBe(true);
    expect(rule).toMatch(/^─+/);
    // Three measurements are no plateau.
    expect(row).toMatch(/^runs\/b10 {6}10 {3}0\.1 {3}completed {6}8 +0\.\d+ \*/);
    expect(rest).toEqual([]);

    const markdown = await eoss("table", "runs", "--markdown");
    expect(markdown.stdout).toMatch(
      /^\| run \| batch \| lr \| state \| step \| fullbs in 2\/η \| minibs in 2\/η \|/,
    );
    expect(markdown.stdout).toMatch(
      /\n\| runs\/b10 \| 10 \| 0\.1 \| completed \| 8 \| 0\.\d+ \* \|/,
    );

    const json = JSON.parse((await eoss("table", "runs", "--json")).stdout);
    const { relative, last } = json.rows[0].quantities.minibs;
    expect(relative.status).toBe("too-few-points");
    expect(last.step).toBe(8);
    const csv = (await eoss("table", "runs", "--csv")).stdout.trimEnd().split("\n");
    const cells = csv.map((line) => line.split(","));
    expect(Number(cells[1]![cells[0]!.indexOf("minibs relative")])).toBe(relative.mean);
    expect(Number(cells[1]![cells[0]!.indexOf("minibs last")])).toBe(last.value);
  });
});

describe("export", () => {
  it("writes a file, and says which", async () => {
    const csv = await eoss("export", "runs", "--to", "csv", "--out", "out/all.csv");
    expect(csv).toEqual({ code: 0, stdout: "out/all.csv\n", stderr: "" });
    const lines = readFileSync(join(root, "out/all.csv"), "utf8").split("\n");
    expect(lines[0]).toMatch(/^run,batch,lr,/);
    expect(
      lines.filter((line) => line.includes(",minibs,")).map((line) => +line.split(",")[4]!),
    ).toEqual([0, 4, 8]);
    const events = await eoss("export", "runs", "--to", "tensorboard", "--json");
    const { files, runs } = JSON.parse(events.stdout);
    expect(runs).toBe(1);
    expect(files).toEqual([
      expect.stringMatching(/^tensorboard\/b10\/events\.out\.tfevents\.\d+\.eoss$/),
    ]);
  });

  it("says which formats there are", async () => {
    const { code, stderr } = await eoss("export", "runs", "--to", "excel");
    expect(code).toBe(2);
    expect(stderr).toContain("csv, parquet, tensorboard, vega");
  });
});
