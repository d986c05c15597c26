import { createRequire } from "node:module";
import { isAbsolute, resolve } from "node:path";
import { pathToFileURL } from "node:url";

/**
 * Imports modules as a user in a folder means them: `./file.js` from that folder, packages from its
 * `node_modules` and those above. For `loadModel` of `@eoss/models`.
 *
 * @example loadModel("./my-model.js", { importModule: importFrom(process.cwd()) })
 */
export function importFrom(
  directory: string,
): (source: string) => Promise<Readonly<Record<string, unknown>>> {
  return async (source) =>
    import(/* @vite-ignore */ pathToFileURL(moduleFile(source, directory)).href);
}

/** The file of a module as a user in a folder means it. @throws Error if there is none */
export function moduleFile(source: string, directory: string): string {
  const isFile = /^\.{1,2}[/\\]/.test(source) || isAbsolute(source);
  if (isFile) return resolve(directory, source);
  try {
    return createRequire(resolve(directory, "package.json")).resolve(source);
  } catch (error) {
    // The lines below list files that the user has never heard of.
    throw new Error((error as Error).message.split("\n")[0], { cause: error });
  }
}
