import { createRequire } from "node:module";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-wasm";
import { native } from "../train/native.mjs";

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
