import { createRequire } from "node:module";
import { join } from "node:path";

/**
 * Where a package is that users add themselves: in the current folder first, then beside a module.
 *
 * @param beside `import.meta.url` of the module that uses it
 * @returns the path of its entry; undefined if it is not installed
 */
export function installed(source: string, beside: string): string | undefined {
  for (const from of [join(process.cwd(), "package.json"), beside]) {
    try {
      return createRequire(from).resolve(source);
    } catch {
      // Not there.
    }
  }
  return undefined;
}
