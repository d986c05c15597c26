import { join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { importFault } from "./importFault.js";
import { importerOf } from "./installed.js";
import { offerPackages } from "./offerPackages.js";
import { folderOf, packageName } from "./ownPackages.js";
import { packageEntry } from "./packageEntry.js";
import { isFile, shownModule } from "./paths.js";
import { loadPlugin } from "./plugins.js";

/**
 * Imports modules as a user in a folder means them: `./file.js` from that folder, packages from its
 * `node_modules` and those above, or else from where eoss is installed. What the modules import they
 * find beside them, or else among the packages of eoss. For `loadModel` of `@eoss/models`. One that does
 * not settle is an error in the end.
 *
 * @example loadModel("./my-model.js", { importModule: importFrom(process.cwd()) })
 */
export function importFrom(
  directory: string,
  patience?: number,
): (source: string) => Promise<Readonly<Record<string, unknown>>> {
  return async (source) => {
    const file = moduleFile(source, directory);
    offerPackages();
    try {
      const { href } = pathToFileURL(file);
      return await loadPlugin(shownModule(source), () => import(/* @vite-ignore */ href), patience);
    } catch (error) {
      throw importFault(error, file);
    }
  };
}

/**
 * The file of a module as a user in a folder means it.
 *
 * @throws Error in a sentence, if it is a package and not installed
 */
export function moduleFile(source: string, directory: string): string {
  if (source.startsWith("file:")) return fileURLToPath(source);
  if (isFile(source)) return resolve(directory, source);
  const name = packageName(source);
  const here = join(directory, "package.json");
  const importer = folderOf(name, here) ? here : importerOf(name, import.meta.url);
  if (importer !== undefined) return packageEntry(source, importer);
  throw new Error(`there is no package ${name} in ${directory} or beside eoss`);
}
