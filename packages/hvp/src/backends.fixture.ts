import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-backend-wasm";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import * as tf from "@tensorflow/tfjs-core";

/** Where `scripts/native-tfjs.mjs` builds the native backend. */
const native = `${fileURLToPath(new URL("../../../.native", import.meta.url))}/node_modules/@tensorflow/tfjs-node/`;
const hasNative = existsSync(`${native}lib/napi-v8/tfjs_binding.node`);

if (!hasNative) {
  console.log("skipped on the native backend: build it with `node scripts/native-tfjs.mjs`");
}

/** The backends that every machine has, and the native one where it was built. */
export const backends: readonly string[] = ["cpu", "wasm", ...(hasNative ? ["tensorflow"] : [])];

export async function useBackend(name: string): Promise<void> {
  if (name === "tensorflow") {
    process.env.TF_CPP_MIN_LOG_LEVEL ??= "2";
    // TensorFlow chooses its kernels by the processor; without these it has no depthwise convolution
    // with dilations or with unequal strides.
    process.env.TF_ENABLE_ONEDNN_OPTS ??= "1";
    // It brings a tfjs-core of its own; engine and registries are shared through the global object.
    createRequire(import.meta.url)(native);
  }
  tf.enableProdMode();
  if (!(await tf.setBackend(name))) throw new Error(`the ${name} backend does not start`);
  await tf.ready();
  // All tests of the wasm backend with the kernels of @eoss/kernels, as "native" on a BLAS.
  const kernels = process.env.EOSS_TEST_KERNELS;
  if (name === "wasm" && kernels) {
    const { installKernels } = await import("@eoss/kernels");
    const { loadBlas } = await import("@eoss/kernels/native");
    await installKernels(kernels === "native" ? { blas: await loadBlas() } : {});
  }
}
