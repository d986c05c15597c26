import { createRequire } from "node:module";
import { version_core as tfjsVersion } from "@tensorflow/tfjs-core";

const require = createRequire(import.meta.url);

/** Version of this package, as it goes into run folders. */
export const version: string = (require("../package.json") as { version: string }).version;

/** What makes the numbers of a run here, as run folders name it. */
export const versions = { eoss: version, node: process.versions.node, tfjs: tfjsVersion } as const;
