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
  const require = createRequire(resolve(directory, "package.json"));
  return (source) => {
    const isFile = /^\.{1,2}[/\\]/.test(source) || isAbsolute(source);
    const path = isFile ? resolve(directory, source) : require.resolve(source);
    return import(/* @vite-ignore */ pathToFileURL(path).href);
  };
}
