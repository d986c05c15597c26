import { createRequire } from "node:module";
import { isAbsolute, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { loadPlugin } from "./plugins.js";

/**
 * Imports modules as a user in a folder means them: `./file.js` from that folder, packages from its
 * `node_modules` and those above. For `loadModel` of `@eoss/models`. One that does not settle is an
 * error in the end.
 *
 * @example loadModel("./my-model.js", { importModule: importFrom(process.cwd()) })
 */
export function importFrom(
  directory: string,
  patience?: number,
): (source: string) => Promise<Readonly<Record<string, unknown>>> {
  return async (source) => {
    const { href } = pathToFileURL(moduleFile(source, directory));
    return loadPlugin(source, () => import(/* @vite-ignore */ href), patience);
  };
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
