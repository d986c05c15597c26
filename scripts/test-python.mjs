// Tests the Python package, where there is a Python with PyTorch.
//
//   node scripts/test-python.mjs             with EOSS_PYTHON, or a virtual environment that it makes
//   node scripts/test-python.mjs --offline   makes none
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { root } from "./workspace.mjs";

const NEEDED = ["torch", "pytest", "numpy"];
/** The version of PyTorch that reference values are of. */
const WANTED = [
  ...["torch==2.13.0", "pytest", "numpy", "jax", "scikit-learn", "matplotlib"],
  // Whose loops and logs are tested.
  ...["lightning", "transformers", "accelerate", "tensorboard"],
];
const folder = join(root, "python");
const environment = join(root, ".venv-python");
const own = join(environment, process.platform === "win32" ? "Scripts/python.exe" : "bin/python");

const python = pythonWithTorch();
if (python === undefined) {
  console.log(
    `The tests of the Python package are skipped: no Python has ${NEEDED.join(", ")} (set EOSS_PYTHON).`,
  );
  process.exit(0);
}
const environmentOfTests = { ...process.env, PYTHONPATH: join(folder, "src"), EOSS_PYTHON: python };
run(process.execPath, [join(root, "scripts/bundle-python.mjs")]);
run(
  python,
  ["-m", "pytest", "-q", ...process.argv.slice(2).filter((word) => word !== "--offline")],
  {
    cwd: folder,
    env: environmentOfTests,
  },
);

function pythonWithTorch() {
  const known = [process.env.EOSS_PYTHON, own, "python3"].filter(Boolean).find(hasTorch);
  if (known !== undefined || process.argv.includes("--offline")) return known;
  if (!existsSync(own) && spawnSync("python3", ["-m", "venv", environment]).status !== 0)
    return undefined;
  // What is imported is compiled then, and kept: a small part of all files that are installed.
  const words = ["-m", "pip", "install", "--quiet", "--no-compile", ...WANTED];
  const made = spawnSync(own, words, { stdio: "inherit" });
  return made.status === 0 && hasTorch(own) ? own : undefined;
}

function hasTorch(path) {
  return spawnSync(path, ["-c", `import ${NEEDED.join(", ")}`]).status === 0;
}

function run(command, words, options = {}) {
  const { status } = spawnSync(command, words, { stdio: "inherit", ...options });
  if (status !== 0) process.exit(status ?? 1);
}
