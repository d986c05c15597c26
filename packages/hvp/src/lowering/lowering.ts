import type { Tensor } from "@tensorflow/tfjs-core";
import type { Attributes } from "../rules/rule.js";
import type { Derived } from "./derived.js";

/**
 * Another way to execute a kernel, with other kernels: because the backend has none, or a slow one.
 * It happens below the tape, which holds the kernel itself, so that derivatives do not see it.
 */
export interface Lowering {
  readonly kernelName: string;
  /**
   * @param derived keeps what later products can use again
   * @returns undefined where this call is better executed as it is
   */
  execute(
    inputs: Readonly<Record<string, Tensor>>,
    attrs: Attributes,
    derived: Derived,
  ): Tensor | undefined;
}
