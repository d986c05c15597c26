/** The kernels that the wasm backend runs on. */

import { installKernels, type KernelVariant } from "@eoss/kernels";
import { ConfigError } from "@eoss/run";
import { findBlas } from "./native.js";

/**
 * The variable by which one asks for other kernels than the best of WebAssembly: "tfjs", a variant of
 * @eoss/kernels, or "native" for a library that is installed. That is never used unasked: the numbers of a run
 * do not depend on what else is on the machine.
 */
const SWITCH = "EOSS_KERNELS";
const CHOICES = ["tfjs", "simd", "relaxed", "native"] as const satisfies readonly (
  | KernelVariant
  | "tfjs"
  | "native"
)[];

/** Of runs whose folders do not say: older versions of eoss had no others. */
export const STOCK_KERNELS = "tfjs";

let running: string | undefined;

/**
 * Registers the kernels of @eoss/kernels on the wasm backend that runs, once in a thread.
 *
 * @throws ConfigError if `EOSS_KERNELS` names kernels that there are not, or a library that is not installed;
 *   RangeError if it names such as do not run here
 */
export async function startKernels(): Promise<void> {
  if (running !== undefined) return;
  const wanted = process.env[SWITCH] || undefined;
  const choice = CHOICES.find((name) => name === wanted);
  if (wanted !== undefined && choice === undefined) {
    throw new ConfigError(`${SWITCH} is ${wanted}; allowed: ${CHOICES.join(", ")}, or nothing`);
  }
  running = choice === "tfjs" ? STOCK_KERNELS : await installed(choice);
}

/** Installs kernels. @returns their name: a library with its version, and what makes the rest */
async function installed(choice: KernelVariant | "native" | undefined): Promise<string> {
  const kernels = await installKernels(
    choice === "native" ? { blas: await findBlas() } : { variant: choice },
  );
  if (choice === "native" && kernels === undefined) {
    throw new ConfigError(
      `${SWITCH} is native, which needs SIMD in WebAssembly: it is missing here`,
    );
  }
  if (kernels === undefined) return STOCK_KERNELS;
  return kernels.blas === undefined
    ? kernels.variant
    : `native ${kernels.blas}, ${kernels.variant}`;
}

/** The kernels that a backend runs on, as run folders name them; undefined where there is no choice. */
export function kernelsOf(backend: string): string | undefined {
  return backend === "wasm" ? (running ?? STOCK_KERNELS) : undefined;
}
