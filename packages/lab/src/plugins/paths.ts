/** Paths in settings: absolute while they are used, from its folder on in the file of a run. */

import { realpathSync } from "node:fs";
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { dataSourceOf } from "@eoss/data";
import type { TrainConfig } from "@eoss/run";

/**
 * Where settings may name files. `path`: the value is one. `module`: it, or each of its items, names a
 * module, which is a file if it begins with `./` or `../`. `words`: some of its words do, also behind `=`.
 * `data`: it names a module, or a file or folder of samples.
 */
const NAMING: Readonly<Record<string, "path" | "module" | "words" | "data">> = {
  data: "data",
  "data-dir": "path",
  model: "module",
  loss: "words",
  optimizer: "words",
  noise: "words",
  sampler: "words",
  schedule: "words",
  intervene: "words",
  plateau: "words",
  every: "words",
  measure: "module",
} satisfies Partial<Record<keyof TrainConfig, "path" | "module" | "words" | "data">>;

type Values = Readonly<Record<string, unknown>>;

/**
 * Settings with their paths made absolute, so that they mean the same wherever they are used. A file of
 * samples is named within its folder, `data-dir`: that is where it may be found elsewhere later.
 *
 * @param directory where relative paths begin: the folder of the file that they stand in, or the current
 *   one; that of each setting, if they come from several
 */
export function absolutePaths<S extends Values>(
  settings: S,
  directory: string | ((key: string) => string),
): S {
  const from = typeof directory === "string" ? () => directory : directory;
  const paths = withPaths(settings, (key) => absoluteFrom(from(key)));
  const { data } = paths;
  if (!isSamples(data) || paths["data-dir"] !== undefined || data.startsWith("~")) return paths;
  const end = /[/\\]$/.test(data) ? "/" : "";
  return { ...paths, data: `./${basename(data)}${end}`, "data-dir": dirname(data) };
}

/**
 * The same of a single setting, checked or not.
 *
 * @param to a folder to begin the path at again
 */
export function movedPath(key: string, value: unknown, from: string, to?: string): unknown {
  const absolute = converted(key, value, absoluteFrom(from));
  return to === undefined ? absolute : converted(key, absolute, relativeTo(to));
}

/**
 * The same from a folder on, as they are kept: the folder can be moved together with its files. On
 * another drive, or below another folder of the top, they stay absolute.
 *
 * @param settings with absolute paths
 */
export function relativePaths<S extends Values>(settings: S, directory: string): S {
  return withPaths(settings, () => relativeTo(directory));
}

/** One module of such settings. */
export function relativeModule(specifier: string, directory: string): string {
  return inModule(specifier, relativeTo(directory));
}

/** Whether a specifier names a file, not a package. */
export function isFile(source: string): boolean {
  return /^(\.{1,2}[/\\]|file:)/.test(source) || isAbsolute(source);
}

/** What `--trust` names, as `absolutePaths` has it. */
export function absoluteModule(specifier: string, directory: string): string {
  return inModule(specifier, absoluteFrom(directory));
}

/** A module as one would write it in the current folder, for messages. */
export function shownModule(specifier: string): string {
  const current = realFolder(process.cwd());
  return inModule(specifier, (path) => {
    const way = relative(current, path);
    return way.startsWith("..") || isAbsolute(way) ? path : `./${way}`;
  });
}

type Convert = (path: string) => string;

function absoluteFrom(directory: string): Convert {
  const from = realFolder(resolve(directory));
  return (path) => real(resolve(from, path));
}

function relativeTo(directory: string): Convert {
  const from = realFolder(resolve(directory));
  return (path) => {
    // What is kept already begins in that folder, not in the current one.
    if (!isAbsolute(path)) return path;
    const way = relative(from, path);
    const isFar = isAbsolute(way) || way.split(sep).lastIndexOf("..") + 1 >= depthOf(from);
    // A text with a blank in it is kept as a URL, which is absolute.
    if (isFar || SPECIAL.test(way)) return path;
    const text = way.split(sep).join("/");
    return /^\.\.(\/|$)/.test(text) ? text : `./${text}`;
  };
}

function withPaths<S extends Values>(settings: S, convertOf: (key: string) => Convert): S {
  return Object.fromEntries(
    Object.entries(settings).map(([key, value]) => {
      // They are named within that folder.
      const isInside = isSamples(value) && key === "data" && settings["data-dir"] !== undefined;
      return [key, isInside ? value : converted(key, value, convertOf(key))];
    }),
  ) as S;
}

/** Whether it names a file or folder of samples. */
function isSamples(data: unknown): data is string {
  return typeof data === "string" && dataSourceOf(data) === "files";
}

/** What is no text stays as it is. */
function converted(key: string, value: unknown, convert: Convert): unknown {
  const naming = Object.hasOwn(NAMING, key) ? NAMING[key] : undefined;
  if (naming === undefined || value === "") return value;
  if (Array.isArray(value)) return value.map((item) => converted(key, item, convert));
  if (typeof value !== "string") return value;
  if (naming === "path") return convert(value);
  if (naming === "data" && isSamples(value)) {
    if (value.startsWith("~")) return value;
    return convert(value) + (/[/\\]$/.test(value) ? "/" : "");
  }
  if (naming !== "words") return inModule(value, convert);
  return value.replace(/[^\s=]+/g, (word) => inModule(word, convert));
}

/** What a text cannot hold as a path: the end of a word, or the mark before the name of an export. */
const SPECIAL = /[\s#]/;

/** Built-in names and packages stay as they are. */
function inModule(specifier: string, convert: Convert): string {
  if (!isFile(specifier)) return specifier;
  const [, path = "", name = ""] = /^(.*?)(#[\w$]*)?$/s.exec(specifier)!;
  const file = convert(path.startsWith("file:") ? fileURLToPath(path) : path);
  if (!SPECIAL.test(file)) return file + name;
  return pathToFileURL(file).href + name;
}

/** A path without links on its way; at its end there may be one, to a file that was put elsewhere. */
function real(path: string): string {
  return join(realFolder(dirname(path)), basename(path));
}

/** What is not there yet stays as it is written. */
function realFolder(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return dirname(path) === path ? path : real(path);
  }
}

function depthOf(folder: string): number {
  return folder.split(sep).filter((name) => name !== "").length;
}
