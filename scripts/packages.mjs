// What scripts know of the packages that are published.
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./workspace.mjs";

export const readJson = (file) => JSON.parse(readFileSync(file, "utf8"));

const { packageManager } = readJson(join(root, "package.json"));

/** The published packages: name, version, manifest and folder. */
export const publishedPackages = readdirSync(join(root, "packages")).map((entry) => {
  const folder = join(root, "packages", entry);
  const manifest = readJson(join(folder, "package.json"));
  return { folder, manifest, name: manifest.name, version: manifest.version };
});

/** The archive that `pack` makes of a package. */
export const archiveOf = ({ name, version }) =>
  `${name.replace("@", "").replace("/", "-")}-${version}.tgz`;

/** Runs a command of pnpm in every published package. */
export function inPackages(words, options) {
  const all = ["--yes", packageManager, "--recursive", "--filter", "./packages/*", ...words];
  return run("npx", all, { cwd: root, ...options });
}

/** Packs built packages into a folder as they would be published. */
export function pack(folder) {
  mkdirSync(folder, { recursive: true });
  inPackages(["pack", "--pack-destination", folder], { quiet: true });
}

/**
 * Runs a command and shows what it prints, with `quiet` only if it fails.
 *
 * @returns what it printed
 * @throws Error with the command, if it fails or takes longer than `timeout` ms
 */
export function run(command, words, { quiet = false, timeout = 120_000, ...options } = {}) {
  const line = [command, ...words].join(" ");
  if (!quiet) console.log(`$ ${line}`);
  const { status, signal, error, stdout, stderr } = spawnSync(command, words, {
    encoding: "utf8",
    maxBuffer: 1 << 28,
    timeout,
    ...options,
  });
  // Of a command that is not there nothing was printed.
  if (!quiet || status !== 0) process.stdout.write(`${stdout ?? ""}${stderr ?? ""}`);
  if (error) throw error;
  if (status !== 0) throw new Error(`${line}: ended with ${status ?? signal}`);
  return stdout;
}
