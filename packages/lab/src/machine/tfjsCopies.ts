import { createRequire } from "node:module";
import { dirname, join, sep } from "node:path";
import { version_core as ownVersion } from "@tensorflow/tfjs-core";

const require = createRequire(import.meta.url);

/** A copy of tfjs-core that this process has loaded. */
export interface TfjsCopy {
  readonly version: string;
  readonly folder: string;
}

const CORE = join("node_modules", "@tensorflow", "tfjs-core") + sep;

/**
 * The copies of tfjs-core beside that of eoss which are loaded. Who imports it by its name gets that of
 * eoss; by a path, code of a user can still bring its own. The versions are those that the loaded modules
 * name.
 */
export function otherTfjs(): TfjsCopy[] {
  const own = dirname(require.resolve("@tensorflow/tfjs-core/package.json"));
  const copies = new Map<string, TfjsCopy>();
  for (const [file, module] of Object.entries(require.cache)) {
    const at = file.lastIndexOf(CORE);
    const folder = file.slice(0, at + CORE.length - 1);
    if (at < 0 || folder === own) continue;
    const version = (module?.exports as { version_core?: unknown } | undefined)?.version_core;
    if (typeof version === "string") copies.set(folder, { version, folder });
  }
  return [...copies.values()];
}

/** What to tell whoever starts a run with several copies of tfjs-core. */
export function tfjsNotes(): string[] {
  return otherTfjs().map(
    ({ version, folder }) =>
      `two copies of @tensorflow/tfjs-core are loaded: ${ownVersion} of eoss and ${version} in ${folder}. ` +
      `Ops of ${version} are computed by the engine and kernels of ${ownVersion}; run.json names both. For one ` +
      "copy, import it by its name and not by a path",
  );
}
