import { basename, dirname, relative, resolve, sep } from "node:path";

/**
 * A short name for each run folder: its path below the folder that all of them share, with forward
 * slashes; the name of the folder where there is one alone. Names are distinct and never lead upwards.
 */
export function runNames(directories: readonly string[]): Map<string, string> {
  const paths = directories.map((directory) => resolve(directory));
  const shared = paths.map((path) => dirname(path)).reduce(commonFolder);
  return new Map(
    directories.map((directory, i) => {
      const way = relative(shared, paths[i]!) || basename(paths[i]!);
      return [directory, way.split(sep).map(escaped).join("/")];
    }),
  );
}

/** A backslash in the name of a folder would separate folders elsewhere. */
function escaped(name: string): string {
  return name.replace(/\\|%(?=25|5C)/g, encodeURIComponent);
}

/** The nearest folder that holds both. */
function commonFolder(a: string, b: string): string {
  let folder = a;
  while (/^\.\.($|[/\\])/.test(relative(folder, b))) folder = dirname(folder);
  return folder;
}
