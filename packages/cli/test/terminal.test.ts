import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { record, writeRun } from "../../exchange/test/runFolder.js";
import { oneLine, plain } from "../src/ui/print.js";
import { table } from "../src/ui/table.js";

/** A new title, a cleared screen, a line written over, in 7 and in 8 bits, and text turned round. */
const HOSTILE = "\u001b]0;owned\u0007\u001b[2J\rdone\b\b\u009b31m\u202efdp.exe";
const CONTROLS = /[^\P{Cc}\n\t]|[\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;

const bin = fileURLToPath(new URL("../bin/eoss.js", import.meta.url));
const root = mkdtempSync(join(tmpdir(), "eoss-terminal-"));
afterAll(() => rmSync(root, { recursive: true }));

/** All that the built program writes. */
function eoss(env: Record<string, string>, ...args: string[]) {
  return new Promise<string>((resolve) => {
    const options = { cwd: root, env: { ...process.env, ...env } };
    execFile(process.execPath, [bin, ...args], options, (_, out, err) => resolve(out + err));
  });
}

beforeAll(() => {
  const records = [0, 200, 400].map((step) =>
    record(step, "minibs", 20, { parts: { [HOSTILE]: { value: 1 } } }),
  );
  const run = {
    config: { "data-dir": HOSTILE, model: HOSTILE, [HOSTILE]: HOSTILE },
    manifest: {
      backend: HOSTILE,
      command: HOSTILE,
      end: { reason: "completed" as const, step: 400, message: HOSTILE },
    },
    records,
  };
  writeRun(join(root, "runs", `a${HOSTILE}`), run);
  writeRun(join(root, "runs", "b"), { ...run, config: { lr: 0.2 }, tail: '{"step' });
  mkdirSync(join(root, "sweep", "runs", "x"), { recursive: true });
  writeFileSync(
    join(root, "sweep", "sweep.yaml"),
    "base: { data: digits, lr: 0.1, batch: 8, steps: 5 }\nlist: { x: {}, y: {} }\n",
  );
  writeFileSync(
    join(root, "sweep", "runs", "x", "failure.json"),
    JSON.stringify({ name: "Error", message: HOSTILE }),
  );
  mkdirSync(join(root, "damaged"));
  writeFileSync(join(root, "damaged", "run.json"), `{"format": "eoss-run", \u009b2J`);
});

describe("what a run says", () => {
  it.concurrent.each([
    ["table", ["table", "runs"]],
    ["table --json", ["table", "runs", "--json"]],
    ["query", ["query", "SELECT * FROM runs JOIN metrics USING (run)", "runs"]],
    ["watch", ["watch", `runs/a${HOSTILE}`]],
    ["report", ["report", `runs/a${HOSTILE}`, "runs/b", "--json"]],
    ["sweep status", ["sweep", "status", "sweep", "--all"]],
    ["an error", ["report", "damaged"]],
  ])("reaches no terminal as it is: %s", async (_, args) => {
    const text = await eoss({ NO_COLOR: "1" }, ...args);
    expect(text).toMatch(/\\u009b/);
    expect(text).not.toMatch(CONTROLS);
  });

  it("does so neither where there are colours", async () => {
    const run = `runs/a${HOSTILE}`;
    const text = await eoss({ NO_COLOR: "", FORCE_COLOR: "1" }, "report", run);
    expect(text).toContain("\u001b[1m");
    const styles = ["\u001b[1m", "\u001b[22m"];
    const rest = styles.reduce((all, style) => all.replaceAll(style, ""), text);
    expect(rest).not.toMatch(CONTROLS);
  });
});

describe("a text for a terminal", () => {
  it("is one with nothing in it that acts", () => {
    expect(plain(`a\n\t${HOSTILE}é ×√🙂`)).toBe(
      "a\n\t\\u001b]0;owned\\u0007\\u001b[2J\\u000ddone\\u0008\\u0008\\u009b31m\\u202efdp.exeé ×√🙂",
    );
    expect(JSON.parse(plain(JSON.stringify({ [HOSTILE]: HOSTILE })))).toEqual({
      [HOSTILE]: HOSTILE,
    });
  });

  it("begins no row of a table", () => {
    expect(oneLine("a\nb\tc")).toBe("a\\u000ab\\u0009c");
    expect(table(["run"], [["x\n0 failed"]]).split("\n")).toHaveLength(3);
  });
});

it("is written by one module alone", () => {
  const src = fileURLToPath(new URL("../src/", import.meta.url));
  const files = readdirSync(src, { recursive: true, encoding: "utf8" });
  const writing = files.filter(
    (file) =>
      /\.ts$/.test(file) && /console\.|\.write\(/.test(readFileSync(join(src, file), "utf8")),
  );
  // The live line writes what `oneLine` gives it.
  expect(writing.sort()).toEqual(["ui/liveLine.ts", "ui/print.ts"].map((file) => join(file)));
});
