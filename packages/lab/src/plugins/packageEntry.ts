import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { folderOf, packageName } from "./ownPackages.js";

/** What `import` asks of `exports`, beside what `require` asks. */
const CONDITIONS = new Set(["node", "import", "module-sync", "default"]);

/**
 * The file that an import of a package gives.
 *
 * @param importer path of a file that would import it
 * @throws Error in a sentence, if the package has no such entry
 */
export function packageEntry(source: string, importer: string): string {
  try {
    return createRequire(importer).resolve(source);
  } catch (error) {
    // `require` does not see what is there for `import` alone.
    const entry = entryForImport(source, importer);
    if (entry !== undefined) return entry;
    // The lines below list files that the user has never heard of.
    throw new Error((error as Error).message.split("\n")[0], { cause: error });
  }
}

type Exports = string | null | readonly Exports[] | { readonly [condition: string]: Exports };

function entryForImport(source: string, importer: string): string | undefined {
  const name = packageName(source);
  const folder = folderOf(name, importer);
  if (folder === undefined) return undefined;
  const { exports } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as {
    exports?: Exports;
  };
  const subpath = `.${source.slice(name.length)}`;
  const target = targetOf(bySubpath(exports)[subpath]);
  return target && join(folder, target);
}

/** `exports` may be the entry itself, or its conditions. */
function bySubpath(exports: Exports | undefined): Readonly<Record<string, Exports>> {
  const whole = typeof exports === "object" && exports !== null && !Array.isArray(exports);
  const keyed = whole && Object.keys(exports).every((key) => key.startsWith("."));
  return keyed ? (exports as Record<string, Exports>) : { ".": exports ?? null };
}

/** The first that is meant for `import`. */
function targetOf(exports: Exports | undefined): string | undefined {
  if (typeof exports === "string") return exports;
  if (typeof exports !== "object" || exports === null) return undefined;
  const all = Array.isArray(exports)
    ? exports
    : Object.entries(exports).flatMap(([name, one]) => (CONDITIONS.has(name) ? [one] : []));
  return all.map(targetOf).find((target) => target !== undefined);
}
