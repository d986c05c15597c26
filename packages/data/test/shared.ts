import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * The folder `shared` beside the repository, with reference values and real images; undefined where
 * a checkout stands alone.
 */
export function findShared(): string | undefined {
  for (
    let dir = dirname(fileURLToPath(import.meta.url));
    dir !== dirname(dir);
    dir = dirname(dir)
  ) {
    const shared = join(dir, "shared");
    if (existsSync(join(shared, "golden", "data.json"))) return shared;
  }
  return undefined;
}
