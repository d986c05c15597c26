import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-wasm";

/** Where `scripts/native-tfjs.mjs` builds the native backend. */
const native = fileURLToPath(
  new URL("../../.native/node_modules/@tensorflow/tfjs-node/", import.meta.url),
);

export const hasNative = existsSync(`${native}lib/napi-v8/tfjs_binding.node`);

/** @param name "wasm" or "native" */
export async function startBackend(name) {
  tf.enableProdMode();
  if (name === "native") {
    process.env.TF_CPP_MIN_LOG_LEVEL ??= "2";
    // It brings a tfjs-core of its own; engine and registries are shared through the global object.
    createRequire(import.meta.url)(native);
  }
  await tf.setBackend(name === "native" ? "tensorflow" : "wasm");
  await tf.ready();
}
