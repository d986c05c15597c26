/** Which copy of a package a user's module gets: that of its folder, or the one that eoss runs with. */

import { existsSync, realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, sep } from "node:path";
import { fileURLToPath } from "node:url";

/** Of these a process has one copy: a second would have kernels and versions of its own. */
const ONE_COPY = /^@tensorflow\/tfjs-(core|backend-cpu|backend-wasm)$/;

/** What a module may import without having installed it. */
const OFFERED = /^(@eoss\/[^/]+|zod)$/;

/**
 * The module of eoss as whose import a user's is to be resolved; undefined if as the user's own.
 *
 * @param specifier what is imported: `@eoss/models`, `zod/mini`, `./beside.js`
 * @param importer path of the module that imports it
 */
export function ownPlace(specifier: string, importer: string): string | undefined {
  const name = packageName(specifier);
  const one = ONE_COPY.test(name);
  if (!one && !OFFERED.test(name)) return undefined;
  if (!one && folderOf(name, importer) !== undefined) return undefined;
  const place = placesHere().find((place) => folderOf(name, place) !== undefined);
  return place === importer ? undefined : place;
}

/** Files that see all packages of eoss: this one, and one that sees its eigensolvers. */
function placesHere(): string[] {
  const here = fileURLToPath(import.meta.url);
  const sharpness = folderOf("@eoss/sharpness", here);
  return sharpness === undefined ? [here] : [here, realpathSync(join(sharpness, "package.json"))];
}

/** Where an import looks for a package first and finds it; undefined if it is not installed. */
export function folderOf(name: string, importer: string): string | undefined {
  const places = createRequire(importer).resolve.paths(name) ?? [];
  return places
    .filter((place) => importer.startsWith(join(dirname(place), sep))) // not those of NODE_PATH
    .map((place) => join(place, name))
    .find((folder) => existsSync(folder));
}

/** `@them/package` of `@them/package/subpath`. */
export function packageName(specifier: string): string {
  return specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
}
