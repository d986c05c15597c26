import { execFile, execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { smallDisk } from "./smallDisk.js";

const bin = fileURLToPath(new URL("../bin/eoss.js", import.meta.url));
const root = mkdtempSync(join(tmpdir(), "eoss-limits-"));
afterAll(() => rmSync(root, { recursive: true }));

/** @param limit what the shell does before, @param heap megabytes of Node's heap */
function eoss(line: string, { limit = "true", heap = 2000, env = {} } = {}) {
  return new Promise<{ code: unknown; stderr: string }>((resolve) => {
    const options = { cwd: root, env: { ...process.env, NO_COLOR: "1", ...env } };
    const command = `${limit}; exec "${process.execPath}" --max-old-space-size=${heap} "${bin}" ${line}`;
    execFile("sh", ["-c", command], options, (error, _, stderr) => {
      resolve({ code: error === null ? 0 : (error.code ?? error.signal), stderr });
    });
  });
}

function untimedLines(run: string): string {
  return readFileSync(join(root, run, "metrics.jsonl"), "utf8").replace(/"seconds":[^,}]*/g, "");
}

const TRAIN =
  "train --data digits --samples 40 --width 4 --lr 0.1 --batch 10 --steps 20 --every 10 --checkpoint-every 5 " +
  "--workers 1 --backend cpu --measure loss,./hog.mjs";

describe("memory that runs out", () => {
  beforeAll(async () => {
    writeFileSync(
      join(root, "hog.mjs"),
      `import { defineQuantity } from "@eoss/sharpness";
const kept = [];
let calls = 0;
export default defineQuantity({
  name: "hog", description: "hog", over: "batches", unit: "loss", needs: [], cost: "none",
  sample: (batch) => {
    // Not when it is looked at before the run begins.
    const { HOG } = (calls += 1) > 8 ? process.env : {};
    if (HOG === "heap") for (;;) kept.push(new Array(1e5).fill(0.5));
    if (HOG === "buffers") for (;;) kept.push(new Float64Array(1e7));
    return { value: batch.loss(), products: 0, status: "exact" };
  },
});`,
    );
    expect(await eoss(`${TRAIN} --out whole`)).toMatchObject({ code: 0 });
  });

  const windows = process.platform === "win32";
  it.skipIf(windows).each([
    ["heap", { heap: 120 }, /heap out of memory/],
    ["buffers", { limit: "ulimit -v 4000000" }, /eoss: memory ran out .*: give it more memory/],
  ])("of the %s is said, and the run goes on", async (hog, limits, message) => {
    const { code, stderr } = await eoss(`${TRAIN} --out ${hog}`, { ...limits, env: { HOG: hog } });
    expect(stderr).toMatch(message);
    expect(code).not.toBe(0);
    expect(await eoss(`resume ${hog} --trust ./hog.mjs`)).toMatchObject({ code: 0 });
    expect(untimedLines(hog)).toBe(untimedLines("whole"));
  });

  it.skipIf(windows)("ends one run of a sweep, by name", async () => {
    const base = "{ data: digits, samples: 40, lr: 0.1, batch: 10, steps: 2, backend: cpu }";
    const list = "{ good: { measure: [loss] }, bad: { measure: [./hog.mjs] } }";
    writeFileSync(join(root, "sweep.yaml"), `base: ${base}\nlist: ${list}\n`);
    const NODE_OPTIONS = "--max-old-space-size=120";
    const options = { env: { HOG: "heap", NODE_OPTIONS } };
    const { code, stderr } = await eoss("sweep sweep.yaml --out sweep --jobs 2", options);
    expect(code).toBe(1);
    expect(stderr).toMatch(/bad.*memory ran out/);
    expect(readdirSync(join(root, "sweep/runs"))).toContain("good");
  });
});

it("a disk without names left ends the run, which goes on when there are some", async (test) => {
  const disk = smallDisk(root, "size=20m,nr_inodes=12", test);
  const line = TRAIN.replace(",./hog.mjs", "");
  expect(await eoss(`${line} --out inodes-whole`)).toMatchObject({ code: 0 });
  for (let i = 0; i < 6; i++) mkdirSync(join(disk, `other-${i}`));
  const { code, stderr } = await eoss(`${line} --out ${disk}/run`);
  expect(code).toBe(1);
  expect(stderr).toMatch(/cannot be written \(ENOSPC\)/);
  execFileSync("mount", ["-o", "remount,nr_inodes=1000", disk]);
  const isBegun = readdirSync(join(disk, "run")).includes("run.json");
  const again = isBegun ? `resume ${disk}/run` : `${line} --out ${disk}/run`;
  expect(await eoss(again)).toMatchObject({ code: 0 });
  const lines = readFileSync(join(disk, "run/metrics.jsonl"), "utf8");
  expect(lines.replace(/"seconds":[^,}]*/g, "")).toBe(untimedLines("inodes-whole"));
});
