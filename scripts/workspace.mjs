import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Root of the repository. */
export const root = fileURLToPath(new URL("..", import.meta.url));

const { packageManager, engines } = JSON.parse(readFileSync(`${root}package.json`, "utf8"));

/**
 * Runs a command of the pinned pnpm, which npm fetches when it is not there yet: nothing but Node
 * and npm has to be on the machine. pnpm is on the PATH of what it runs, as turbo wants it.
 *
 * @returns the exit code
 */
export function pnpm(...args) {
  const { status, error } = spawnSync("npx", ["--yes", packageManager, ...args], {
    cwd: root,
    stdio: "inherit",
    shell: process.platform === "win32",
    env: {
      ...process.env,
      TURBO_TELEMETRY_DISABLED: "1",
      TURBO_NO_UPDATE_NOTIFIER: "1",
      DO_NOT_TRACK: "1",
    },
  });
  if (error) throw error;
  return status ?? 1;
}

/** Installs what the lock file names, exactly. Ends the process if that fails. */
export function install() {
  requireNode();
  const code = pnpm(
    "install",
    "--frozen-lockfile",
    "--prefer-offline",
    "--reporter=append-only",
    // Modules installed in another way (`--prod`, another store) are replaced. pnpm would ask first,
    // and fail where nobody can answer; in the environment this setting has no effect.
    "--config.confirm-modules-purge=false",
  );
  if (code !== 0) {
    console.error(
      "\nThe installation failed; what stands above says why. It needs the npm registry.",
    );
    process.exit(code);
  }
}

/** Runs turbo tasks, two at a time. */
export function turbo(...args) {
  return pnpm("exec", "turbo", "run", ...args, "--concurrency=2", "--output-logs=errors-only");
}

function requireNode() {
  const wanted = engines.node
    .match(/(\d+)\.(\d+)/)
    .slice(1)
    .map(Number);
  const actual = process.versions.node.split(".").map(Number);
  if (actual[0] > wanted[0] || (actual[0] === wanted[0] && actual[1] >= wanted[1])) return;
  console.error(`eoss needs Node ${engines.node}; this is ${process.versions.node}`);
  process.exit(1);
}
