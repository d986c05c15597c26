import { createRequire } from "node:module";
import { join, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { folderOf } from "./ownPackages.js";

/** The environment variable that names a folder with packages, for those who keep them elsewhere. */
export const PACKAGES_VARIABLE = "EOSS_PACKAGES";

/**
 * Where a package is that users add themselves: in the folder that `EOSS_PACKAGES` names, or where a
 * module is installed. Never by the current folder: that may be a run of a stranger, and what is loaded
 * runs.
 *
 * @param beside `import.meta.url` of the module that uses it
 * @returns the path of its entry; undefined if it is not installed
 */
export function installed(source: string, beside: string): string | undefined {
  const importer = importerOf(source, beside);
  if (importer === undefined) return undefined;
  try {
    return createRequire(importer).resolve(source);
  } catch {
    return undefined;
  }
}

/** A file, there or not, whose import of a package that users added would find it. */
export function importerOf(name: string, beside: string): string | undefined {
  const named = process.env[PACKAGES_VARIABLE];
  const elsewhere = named ? join(resolve(named), "package.json") : undefined;
  if (elsewhere !== undefined && folderOf(name, elsewhere) !== undefined) return elsewhere;
  const here = fileURLToPath(beside);
  return folderOf(name, here)?.startsWith(homeOf(here)) ? here : undefined;
}

/** How to add packages that are not installed, in a line. */
export function installAdvice(packages: readonly string[]): string {
  return `install it beside eoss: npm install ${packages.join(" ")} (or set ${PACKAGES_VARIABLE} to its folder)`;
}

/** The outermost `node_modules` around a file: above it are folders of anyone. A checkout has none. */
function homeOf(path: string): string {
  const name = `${sep}node_modules${sep}`;
  const at = path.indexOf(name);
  return at < 0 ? "" : path.slice(0, at + name.length - 1);
}
