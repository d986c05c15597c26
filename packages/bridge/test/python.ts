// A Python to test with, and what it has.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/** The folder of the Python package. */
export const PYTHON_FOLDER = fileURLToPath(new URL("../../../python/", import.meta.url));

/** The interpreter: that of `EOSS_PYTHON`, or `python3`. */
export const python = process.env.EOSS_PYTHON ?? "python3";

/** The environment in which it finds the package and its tests. */
export const environment = {
  ...process.env,
  PYTHONPATH: [`${PYTHON_FOLDER}src`, `${PYTHON_FOLDER}tests`].join(":"),
};

/** Whether it can import a package; if not, says on the terminal what is skipped. */
export function has(name: string): boolean {
  const { status } = spawnSync(python, ["-c", `import ${name}`], { env: environment });
  if (status !== 0) console.warn(`skipped: ${python} has no ${name} (set EOSS_PYTHON)`);
  return status === 0;
}
