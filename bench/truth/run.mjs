/**
 * Every quantity in ten regimes of training, as a run measures it, against dense matrices in float64:
 * how often the truth lies inside of the printed interval, value ± error.
 *
 *   python3 -m pip install -r bench/curvature/requirements.txt
 *   pnpm --filter @eoss/lab... build && node bench/truth/run.mjs [REGIME] [--missing]
 *
 * Each regime takes minutes. What it gave is kept in results.json, from which docs/coverage.md is made. With
 * --missing only those quantities are measured that a regime has nothing of yet.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { quantities } from "@eoss/sharpness";
import { startBackend } from "../curvature/backend.mjs";
import { compare } from "./compare.mjs";
import { measureRegime } from "./measure.mjs";
import { keep, missing, writePage } from "./page.mjs";
import { REGIMES } from "./regimes.mjs";

const python = process.env.PYTHON ?? "python3";
const { values: asked, positionals } = parseArgs({
  options: { missing: { type: "boolean" } },
  allowPositionals: true,
});
const [only = ""] = positionals;
const regimes = Object.keys(REGIMES).filter((name) => name.includes(only));
if (regimes.length === 0) {
  throw new RangeError(`no regime has "${only}" in its name: ${Object.keys(REGIMES).join("; ")}`);
}
const folder = mkdtempSync(join(tmpdir(), "coverage-"));
await startBackend("wasm");
try {
  for (const [index, regime] of regimes.entries()) {
    const names = asked.missing ? missing(regime) : undefined;
    if (names?.length === 0) continue;
    const file = join(folder, `${index}.json`);
    const began = performance.now();
    const measured = await measureRegime(regime, file, names);
    const between = performance.now();
    const truth = truthOf(file);
    report(regime, names ?? Object.keys(quantities), compare(regime, measured, truth));
    const seconds = [between - began, performance.now() - between].map((t) =>
      (t / 1000).toFixed(0),
    );
    console.error(`${regime}: measured in ${seconds[0]} s, the truth took ${seconds[1]} s`);
  }
} finally {
  rmSync(folder, { recursive: true });
}

function report(regime, names, results) {
  for (const { step, quantity, value, error, truth, inside, status } of results) {
    if (inside) continue;
    const cells = [
      regime,
      `step ${step}`,
      quantity,
      `${value} ± ${error}`,
      `truth ${truth}`,
      status,
    ];
    console.log(cells.join(" | "));
  }
  const inside = results.filter((result) => result.inside).length;
  console.log(`${regime}: ${inside} of ${results.length} inside`);
  keep(regime, names, results);
  writePage();
}

function truthOf(file) {
  const script = fileURLToPath(new URL("truth.py", import.meta.url));
  const { status, stdout } = spawnSync(python, [script, file], {
    env: { ...process.env, OMP_NUM_THREADS: "1", OPENBLAS_NUM_THREADS: "1" },
    stdio: ["ignore", "pipe", "inherit"],
    maxBuffer: 2 ** 28,
  });
  if (status !== 0) throw new Error("the truth could not be computed");
  return JSON.parse(stdout);
}
