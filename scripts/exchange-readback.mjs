// `npm run test:exchange`: runs are exported, and the programs that the files are for read them back:
// pyarrow, TensorBoard, the client of Weights & Biases, Python's csv. Every number has to be there.
// Needs a build, and Python with PyPI; without the latter it says so and skips.
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "./packages.mjs";
import { root } from "./workspace.mjs";

// The last client of W&B with a reader of its own files in Python is 0.29.
const PACKAGES = ["pyarrow==26.0.1", "tensorboard==2.21.0", "wandb==0.29.0"];
/** Of the notebook in examples/analysis. */
const NOTEBOOK = ["pandas", "duckdb", "polars", "matplotlib"];

const RUNS = {
  sgd: "--lr 0.05 --batch 8 --measure minibs,fullbs,batch-sharpness,loss,accuracy",
  spectra: "--lr 0.05 --batch 8 --top 3 --per-layer --measure fullbs,density",
  "deep/diverging": "--lr 1000 --batch full --measure minibs,fullbs",
  "deep/momentum, adam": "--lr 0.01 --batch 16 --loss ce --optimizer adam --measure fullbs,gni",
};

/** What is logged while the runs are made is read back too. */
const LOG = ["--log", "tensorboard"];

const home = mkdtempSync(join(tmpdir(), "eoss-exchange-"));
try {
  process.exitCode = readBack();
} finally {
  rmSync(home, { recursive: true, force: true });
}

function readBack() {
  const python = pythonWith([...PACKAGES, ...NOTEBOOK]);
  if (python === undefined) return 0;
  const [runs, exports] = [join(home, "runs"), join(home, "exports")];
  for (const [name, settings] of Object.entries(RUNS)) {
    const common = "train --data digits --samples 64 --width 8 --steps 20 --every 5";
    const words = [...common.split(" "), ...settings.split(" "), "--out", join(runs, name)];
    eoss(name.includes("diverging") ? 3 : 0, ...words, ...LOG);
  }
  eoss(0, "resume", join(runs, "sgd"), "--steps", "30", ...LOG);
  writeExtremes(join(runs, "sgd"), join(runs, "extremes"));
  for (const format of ["csv", "parquet", "tensorboard", "wandb"]) {
    eoss(0, "export", runs, "--to", format, "--out", join(exports, format));
  }
  const env = {
    PATH: process.env.PATH,
    HOME: home,
    WANDB_MODE: "offline",
    WANDB_DIR: exports,
    WANDB_ERROR_REPORTING: "false",
  };
  run(python, [join(exports, "wandb", "upload.py")], { cwd: home, env, quiet: true });
  const reader = join(root, "scripts", "exchange_readback.py");
  const status = spawnSync(python, [reader, runs, exports], { env, stdio: "inherit" }).status ?? 1;
  return runNotebook(python, runs) || status;
}

/** The notebook of the examples, on the tables that it asks for. @returns its exit code */
function runNotebook(python, runs) {
  const folder = join(home, "notebook");
  mkdirSync(folder);
  const two = ["sgd", "spectra"].map((name) => join(runs, name));
  eoss(0, "export", ...two, "--to", "parquet", "--out", join(folder, "metrics.parquet"));
  writeFileSync(join(folder, "runs.csv"), eoss(0, "table", ...two, "--csv"));
  const runner = join(root, "scripts", "run_notebook.py");
  const notebook = join(root, "examples", "analysis", "runs.ipynb");
  const options = { cwd: folder, stdio: "inherit" };
  return spawnSync(python, [runner, notebook], options).status ?? 1;
}

/** Python with some packages, in a folder of its own; undefined, and a line that says so, without. */
function pythonWith(packages) {
  const python = join(home, "python", "bin", "python");
  try {
    run("python3", ["-m", "venv", join(home, "python")], { quiet: true });
    const options = [
      "--quiet",
      "--no-compile",
      "--disable-pip-version-check",
      "--only-binary=:all:",
    ];
    run(python, ["-m", "pip", "install", ...options, ...packages], {
      quiet: true,
      timeout: 300_000,
    });
    return python;
  } catch (error) {
    console.log(`exports are not read back, for want of ${packages.join(", ")}: ${error.message}`);
    return undefined;
  }
}

function eoss(expected, ...words) {
  const bin = join(root, "packages/cli/bin/eoss.js");
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...words], {
    encoding: "utf8",
  });
  if (status === expected) return stdout;
  throw new Error(`eoss ${words.join(" ")} ended with ${status}:\n${stdout}${stderr}`);
}

/** A run with the numbers and names that are hard to carry. */
function writeExtremes(like, folder) {
  mkdirSync(folder);
  cpSync(join(like, "run.json"), join(folder, "run.json"));
  // 1e20 has no exponent in JSON, and is no integer of 64 bits.
  const values = [1 / 3, 1e20, 2 ** 53 + 2, 5e-324, 1e-5, Number.MAX_VALUE, -1e-300, 0, null];
  const costs = { samples: 64, products: 8, seconds: 0.1 + 0.2 };
  const common = { unit: "sharpness", ...costs, status: "ok" };
  const records = values.flatMap((value, i) => [
    { step: 10 * i, quantity: "minibs", value, standardError: 0.1 * i, ...common },
    { step: 10 * i, quantity: 'größe, "a/b"', value, errorBound: 1e-9 / 3, ...common },
    // Measured again.
    { step: 10 * i, quantity: "minibs", value, standardError: 0.7 * i, ...common },
  ]);
  const lines = records.map((record) => `${JSON.stringify(record)}\n`);
  writeFileSync(join(folder, "metrics.jsonl"), lines.join(""));
}
