import { engine, type NamedTensorMap, type Tensor } from "@tensorflow/tfjs-core";

/** What tfjs' engine is asked to run: a registered kernel, or (no name) a custom gradient. */
export interface KernelCall {
  readonly kernelName?: string;
  readonly inputs: NamedTensorMap;
  readonly attrs?: Record<string, unknown>;
}

export type RunKernel = (call: KernelCall) => Tensor | Tensor[];

/** Sees every kernel call and decides how it is run. */
export type KernelHandler = (call: KernelCall, run: RunKernel) => Tensor | Tensor[];

interface InterceptableEngine {
  runKernelFunc?: RunKernel;
  state: { activeScope?: { name: string } };
}

/**
 * Runs `body` with every kernel call of tfjs passing through `handler`.
 *
 * All ops of tfjs, those of layers included, end in one method of its engine. Shadowing that method
 * for the time of a synchronous call shows us the computation as it happens, with attributes and
 * with outputs still connected, which tfjs' own tape and gradient registry do not offer. Nothing
 * global stays changed.
 */
export function intercept<T>(handler: KernelHandler, body: () => T): T {
  const target = engine() as unknown as InterceptableEngine;
  const inherited = target.runKernelFunc;
  if (typeof inherited !== "function") {
    throw new Error(
      "this version of @tensorflow/tfjs-core has no engine().runKernelFunc; @eoss/hvp needs 4.22",
    );
  }
  const shadowed = Object.getOwnPropertyDescriptor(target, "runKernelFunc");
  const run: RunKernel = (call) => inherited.call(target, call);
  target.runKernelFunc = (call) => handler(call, run);
  try {
    return body();
  } finally {
    if (shadowed) Object.defineProperty(target, "runKernelFunc", shadowed);
    else delete target.runKernelFunc;
  }
}

/** The tfjs op that is running, for messages. */
export function activeOp(): string {
  return (engine() as unknown as InterceptableEngine).state.activeScope?.name ?? "";
}
