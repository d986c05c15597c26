import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Where `scripts/native-tfjs.mjs` builds the native backend. */
export const native = `${fileURLToPath(new URL("../../.native", import.meta.url))}/node_modules/@tensorflow/tfjs-node/`;

export const hasNative = existsSync(`${native}lib/napi-v8/tfjs_binding.node`);
