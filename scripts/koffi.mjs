/**
 * Puts the package `koffi` into `.koffi/`: with it, tests and benchmarks of @eoss/kernels call a BLAS of this
 * machine (Debian: `apt install libopenblas0`).
 *
 *   node scripts/koffi.mjs
 *
 * 4 MB from the registry of npm. Nothing else of the repository depends on it: without it, those tests are
 * skipped.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./workspace.mjs";

const KOFFI = "3.3.4";

const home = join(root, ".koffi");

if (!existsSync(join(home, "node_modules/koffi"))) {
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, "package.json"), '{ "private": true }\n');
  const { status } = spawnSync(
    "npm",
    ["install", "--ignore-scripts", "--no-audit", "--no-fund", `koffi@${KOFFI}`],
    { cwd: home, stdio: "inherit" },
  );
  if (status !== 0) process.exit(1);
}
console.log(home);
