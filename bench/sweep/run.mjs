/**
 * `eoss sweep` over 60 runs on digits: its wall time against the ideal, the seconds that the runs
 * themselves took, from their start to their end, divided by the cores.
 *
 *   npm run setup && node bench/sweep/run.mjs [--quick] [--workers N]
 */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { collectSweep } from "@eoss/experiments";

const bin = fileURLToPath(new URL("../../packages/cli/bin/eoss.js", import.meta.url));
const quick = process.argv.includes("--quick");
const named = process.argv.indexOf("--workers");
const workers = named < 0 ? availableParallelism() : Number(process.argv[named + 1]);

const spec = {
  base: {
    data: "digits",
    samples: 512,
    width: [32, 32],
    "init-scale": 0.7,
    init: "uniform-fan-in",
    steps: quick ? 300 : 1000,
    every: quick ? 100 : 250,
    tolerance: 0.05,
  },
  grid: { batch: [4, 8, 16, 32, "full"], lr: [0.05, 0.1, 0.2], seed: [0, 1, 2, 3] },
};

const folder = mkdtempSync(join(tmpdir(), "eoss-bench-"));
const file = join(folder, "digits.json");
const out = join(folder, "digits");
writeFileSync(file, JSON.stringify(spec));
try {
  const load = loadavg()[0];
  const began = performance.now();
  const command = [bin, "sweep", file, "--out", out, "--jobs", String(workers)];
  const child = spawn(process.execPath, command, { stdio: "inherit" });
  const code = await new Promise((resolve) => child.on("exit", resolve));
  const wall = (performance.now() - began) / 1000;
  if (code !== 0) throw new Error(`the sweep ended with ${code}`);
  const { runs } = await collectSweep(out);
  const own = runs.reduce((sum, { seconds }) => sum + seconds, 0);
  const ideal = own / workers;
  console.log(`
| runs | workers | own seconds | ideal | wall | wall/ideal | load before |
|---|---|---|---|---|---|---|
| ${[runs.length, workers, ...[own, ideal, wall].map((x) => x.toFixed(1)), (wall / ideal).toFixed(3), load.toFixed(1)].join(" | ")} |`);
} finally {
  rmSync(folder, { recursive: true });
}
