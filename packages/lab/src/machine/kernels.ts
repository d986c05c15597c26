/** The kernels that the wasm backend runs on. */

import { installKernels, type KernelVariant } from "@eoss/kernels";
import { ConfigError } from "@eoss/run";

/** The variable by which one asks for other kernels than the best: "tfjs", or a variant of @eoss/kernels. */
const SWITCH = "EOSS_KERNELS";
const CHOICES = ["tfjs", "simd", "relaxed"] as const satisfies readonly (KernelVariant | "tfjs")[];

type Kernels = (typeof CHOICES)[number];

/** Of runs whose folders do not say: older versions of eoss had no others. */
export const STOCK_KERNELS = "tfjs" satisfies Kernels;

let running: Kernels | undefined;

/**
 * Registers the kernels of @eoss/kernels on the wasm backend that runs, once in a thread.
 *
 * @throws ConfigError if `EOSS_KERNELS` names kernels that there are not; RangeError if it names such as do
 *   not run here
 */
export async function startKernels(): Promise<void> {
  if (running !== undefined) return;
  const wanted = process.env[SWITCH] || undefined;
  const choice = CHOICES.find((name) => name === wanted);
  if (wanted !== undefined && choice === undefined) {
    throw new ConfigError(`${SWITCH} is ${wanted}; allowed: ${CHOICES.join(", ")}, or nothing`);
  }
  const installed = choice === "tfjs" ? undefined : await installKernels({ variant: choice });
  running = installed?.variant ?? STOCK_KERNELS;
}

/** The kernels that a backend runs on, as run folders name them; undefined where there is no choice. */
export function kernelsOf(backend: string): Kernels | undefined {
  return backend === "wasm" ? (running ?? STOCK_KERNELS) : undefined;
}
