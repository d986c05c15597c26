import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";

/** The backends every machine has. */
export const backends: readonly string[] = ["cpu", "wasm"];

export async function useBackend(name: string): Promise<void> {
  tf.enableProdMode();
  if (!(await tf.setBackend(name))) throw new Error(`the ${name} backend does not start`);
  await tf.ready();
}
