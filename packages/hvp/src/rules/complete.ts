/** Kernels that take everything. */

import { getKernel } from "@tensorflow/tfjs-core";

/**
 * Whether a kernel on a backend is one that @eoss/kernels registers: they take all attributes and round as little as
 * float64.
 */
export function isComplete(kernelName: string, backend: string): boolean {
  const config = getKernel(kernelName, backend) as { readonly complete?: boolean } | undefined;
  return config?.complete === true;
}
