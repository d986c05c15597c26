/** Registration of the kernels over those of tfjs. */

import {
  findBackend,
  getKernel,
  type KernelConfig,
  type KernelFunc,
  registerKernel,
  unregisterKernel,
} from "@tensorflow/tfjs-core";
import { memoryOf, type WasmBackend } from "./backend.js";
import { conv2dKernel, convFilterKernel, convInputKernel } from "./conv2d.js";
import { matMulKernel } from "./matMul.js";
import { maximaKernel } from "./maxima.js";
import { bestVariant, binder, compiled, type KernelVariant } from "./module.js";
import type { Blas } from "./native/blas.js";
import { gatherKernel, scatterKernel } from "./places.js";
import { meanKernel, sumKernel } from "./sums.js";

/** Kernels that are registered. */
export interface InstalledKernels {
  readonly variant: KernelVariant;
  /** The library that makes products of matrices, by its name with version and choice of code, if one does. */
  readonly blas?: string;
  /** Their names, as tfjs has them. */
  readonly names: readonly string[];
  /** Puts those of tfjs back. */
  restore(): void;
}

/** A kernel as tfjs keeps it, and as those recognise it who know better ways to execute one of tfjs'. */
interface OwnKernelConfig extends KernelConfig {
  /** Takes all attributes, quickly, and its sums are within 1e-6 of Σ|x|. */
  readonly complete: true;
}

/**
 * Registers the kernels of this package over those of the wasm backend, in whose memory they work. In a
 * worker or a page as in Node; call it when the backend runs:
 *
 *     await tf.setBackend("wasm");
 *     const kernels = await installKernels();
 *
 * @param options.variant the best that runs here where it is left out
 * @param options.blas a library from `loadBlas` of `@eoss/kernels/native`, in Node: it then makes the products
 *   of matrices and convolutions, in the same memory
 * @returns undefined where none can run: without the backend or SIMD, or where the backend's memory is
 *   shared among threads. Then tfjs' kernels stay
 * @throws RangeError for a variant that does not run here
 */
export async function installKernels(
  options: { readonly variant?: KernelVariant; readonly blas?: Blas } = {},
): Promise<InstalledKernels | undefined> {
  const variant = options.variant ?? bestVariant();
  const backend = findBackend("wasm") as unknown as WasmBackend | null;
  if (variant === undefined || backend === null || memoryOf(backend) === undefined)
    return undefined;
  const bind = binder(await compiled(variant), options.blas);
  const kernels: Record<string, KernelFunc> = {
    BatchMatMul: matMulKernel(bind),
    Conv2D: conv2dKernel(bind),
    Conv2DBackpropFilter: convFilterKernel(bind),
    Conv2DBackpropInput: convInputKernel(bind),
    GatherV2: gatherKernel(bind, stockOf("GatherV2")),
    MaxPoolWithArgmax: maximaKernel(bind),
    Mean: meanKernel(bind, stockOf("Mean")),
    ScatterNd: scatterKernel(bind, stockOf("ScatterNd")),
    Sum: sumKernel(bind, stockOf("Sum")),
  };
  const names = Object.keys(kernels);
  const stock = names.map((name) => getKernel(name, "wasm"));
  for (const [kernelName, kernelFunc] of Object.entries(kernels)) {
    const config: OwnKernelConfig = { kernelName, backendName: "wasm", kernelFunc, complete: true };
    replace(kernelName, config);
  }
  return {
    variant,
    ...(options.blas && { blas: options.blas.name }),
    names,
    restore() {
      for (const [index, name] of names.entries()) replace(name, stock[index]);
    },
  };
}

const stockOf = (name: string): KernelFunc => getKernel(name, "wasm").kernelFunc;

function replace(name: string, config: KernelConfig | undefined): void {
  if (getKernel(name, "wasm")) unregisterKernel(name, "wasm");
  if (config) registerKernel(config);
}
