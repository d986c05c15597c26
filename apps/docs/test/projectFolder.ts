import { mkdirSync, mkdtempSync, readdirSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const packages = fileURLToPath(new URL("../../../packages", import.meta.url));

/** Packages of others that readers are told to install, and whose copy here serves for it. */
const OTHERS = ["lab/node_modules/@tensorflow", "models/node_modules/zod"];

/** A new folder in which everything is installed that the pages say to install. */
export function projectFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "eoss-docs-"));
  const modules = join(folder, "node_modules");
  mkdirSync(join(modules, "@eoss"), { recursive: true });
  for (const name of readdirSync(packages)) {
    symlinkSync(join(packages, name), join(modules, "@eoss", name));
  }
  for (const path of OTHERS) {
    symlinkSync(join(packages, path), join(modules, path.slice(path.lastIndexOf("/") + 1)));
  }
  return folder;
}
