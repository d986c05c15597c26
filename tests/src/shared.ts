import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Reference data beside the repository; a fresh clone on another machine has none. */
const shared = fileURLToPath(new URL("../../../shared/", import.meta.url));

export const hasShared = existsSync(`${shared}golden/README.md`);

if (!hasShared)
  console.log(`skipped: no reference data (the repository has no ../shared beside it)`);

export const cifarDir = `${shared}data/cifar10`;

/** The reference file of a name, e.g. `tiny_mlp_relu_mse`. */
// biome-ignore lint/suspicious/noExplicitAny: the files differ; each test reads the fields it names
export function golden(name: string): any {
  return JSON.parse(readFileSync(`${shared}golden/${name}.json`, "utf8"));
}
