import * as tf from "@tensorflow/tfjs-core";

/** The names for `--backend`. */
export const backendNames = ["auto", "wasm", "cpu"] as const;

export type BackendName = (typeof backendNames)[number];

/**
 * Loads and starts a tfjs backend.
 *
 * @param name "auto" takes wasm
 * @returns the name of the backend that runs
 * @throws Error if the backend does not start here, with what to do
 */
export async function loadBackend(name: BackendName): Promise<string> {
  const wanted = name === "auto" ? "wasm" : name;
  // Production mode: no advice about other backends on the terminal, no debug checks.
  tf.enableProdMode();
  if (wanted === "wasm") await import("@tensorflow/tfjs-backend-wasm");
  else await import("@tensorflow/tfjs-backend-cpu");
  if (!(await tf.setBackend(wanted))) {
    throw new Error(
      `the ${wanted} backend does not start here; "eoss doctor" says what works, and ` +
        "--backend cpu works everywhere (slowly)",
    );
  }
  await tf.ready();
  return wanted;
}
