import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { createRequire, isBuiltin } from "node:module";
import { dirname, extname, join, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { moduleFile } from "../plugins/importFrom.js";
import { folderOf, ownPlace, packageName } from "../plugins/ownPackages.js";
import { isFile } from "../plugins/paths.js";
import { sha256 } from "./hash.js";

/** What a module may load by name: a static or dynamic import, `require`, a file beside it. */
const LOADED =
  /(?:\bfrom\s*|\bimport\s*\(?\s*|\brequire\s*\(\s*|\bnew\s+URL\s*\(\s*)(["'`])([^"'`\n]+)\1/g;

/** Files of a package that can change what it computes. */
const CODE = new Set([
  ".js",
  ".mjs",
  ".cjs",
  ".ts",
  ".mts",
  ".cts",
  ".json",
  ".wasm",
  ".node",
  ".bin",
]);

/** What eoss itself and every plug-in shares: these have versions of their own in `run.json`. */
const SHARED = /^@(eoss|tensorflow)\//;

/**
 * The files that the code of a plug-in consists of, with their SHA-256: the module that is named, what
 * it imports from files beside it and so on, and each package that is imported, by version and content.
 * Files that code opens by itself while it runs are not seen.
 *
 * @param specifier as in the settings: a file or a package, with or without `#export`
 * @param directory where the user stands
 */
export function codeParts(specifier: string, directory: string): Map<string, string> {
  const mark = specifier.lastIndexOf("#");
  const source = mark < 0 ? specifier : specifier.slice(0, mark);
  const entry = realpathSync(moduleFile(source, directory));
  const parts = new Map<string, string>();
  if (isFile(source)) addFile(entry, dirname(entry), parts);
  else addPackage(packageAbove(entry), parts);
  return parts;
}

function addFile(file: string, root: string, parts: Map<string, string>): void {
  const name = relative(root, file).split(sep).join("/");
  if (parts.has(name) || !existsSync(file) || !statSync(file).isFile()) return;
  const content = readFileSync(file);
  parts.set(name, sha256(content));
  const require = createRequire(file);
  for (const [, , loaded] of content.toString().matchAll(LOADED)) {
    if (loaded === undefined || isBuiltin(loaded) || SHARED.test(loaded)) continue;
    if (/^(\.{1,2}[/\\]|[/\\]|file:)/.test(loaded)) {
      addFile(localFile(loaded, file, require), root, parts);
    } else {
      const found = packageOf(loaded, file);
      if (found !== undefined) addPackage(found, parts);
    }
  }
}

function localFile(loaded: string, from: string, require: NodeJS.Require): string {
  const path = loaded.startsWith("file:") ? fileURLToPath(loaded) : resolve(dirname(from), loaded);
  if (existsSync(path) && statSync(path).isFile()) return realpathSync(path);
  try {
    return realpathSync(require.resolve(path));
  } catch {
    return path; // a text that only looks like an import
  }
}

/** The folder of a package that a module imports, as it is loaded; undefined if there is none. */
function packageOf(loaded: string, importer: string): string | undefined {
  const folder = folderOf(packageName(loaded), ownPlace(loaded, importer) ?? importer);
  return folder && existsSync(join(folder, "package.json")) ? realpathSync(folder) : undefined;
}

/** By version and content, with all that it depends on. */
function addPackage(folder: string, parts: Map<string, string>): void {
  const manifest = manifestIn(folder);
  const name = `package ${manifest.name ?? folder}`;
  if (parts.has(name)) return;
  const hash = createHash("sha256");
  for (const file of filesIn(folder)) {
    hash.update(`${relative(folder, file)}\0${sha256(readFileSync(file))}\n`);
  }
  parts.set(name, `${manifest.version ?? ""} ${hash.digest("hex")}`);
  for (const dependency of Object.keys(manifest.dependencies ?? {})) {
    if (SHARED.test(dependency)) continue;
    const found = packageOf(dependency, join(folder, "package.json"));
    if (found !== undefined) addPackage(found, parts);
  }
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => name !== "node_modules" && name !== ".git")
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return filesIn(path);
      return entry.isFile() && CODE.has(extname(entry.name)) ? [path] : [];
    });
}

function packageAbove(file: string): string {
  for (let folder = dirname(file); folder !== dirname(folder); folder = dirname(folder)) {
    if (existsSync(join(folder, "package.json")) && manifestIn(folder).name !== undefined)
      return folder;
  }
  return dirname(file);
}

interface PackageManifest {
  readonly name?: string;
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

function manifestIn(folder: string): PackageManifest {
  try {
    return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as PackageManifest;
  } catch {
    return {};
  }
}
