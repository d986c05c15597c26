/** Interception of the kernel calls of tfjs. */

import { engine, type NamedTensorMap, type Tensor } from "@tensorflow/tfjs-core";
import { requireTested } from "../tfjs.js";

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
  runKernel?: (
    kernelName: string,
    inputs: NamedTensorMap,
    attrs?: Record<string, unknown>,
  ) => Tensor | Tensor[];
  state: { activeScope?: { name: string }; scopeStack: ReadonlyArray<{ name: string }> };
}

/**
 * Runs `body` with every kernel call of tfjs passing through `handler`.
 *
 * All ops of tfjs, those of layers included, end in two methods of its engine: `runKernel`, and
 * `runKernelFunc` for custom gradients. Shadowing them for the time of a synchronous call shows us
 * the computation as it happens, with attributes and with outputs still connected, which tfjs' own
 * tape and gradient registry do not offer. It also lets the handler run a kernel that the backend
 * does not have. Nothing global stays changed.
 */
export function intercept<T>(handler: KernelHandler, body: () => T): T {
  const target = engine() as unknown as InterceptableEngine;
  const inherited = target.runKernelFunc;
  requireTested();
  if (typeof inherited !== "function" || typeof target.runKernel !== "function") {
    throw new Error("the engine of @tensorflow/tfjs-core has no runKernel and runKernelFunc");
  }
  const run: RunKernel = (call) => inherited.call(target, call);
  const restore = [
    shadow(target, "runKernelFunc", (call) => handler(call, run)),
    shadow(target, "runKernel", (kernelName, inputs, attrs) =>
      handler({ kernelName, inputs, attrs }, run),
    ),
  ];
  try {
    return body();
  } finally {
    for (const undo of restore) undo();
  }
}

/** Gives an object a method of its own; the result takes it away again. */
export function shadow<T extends object, K extends keyof T>(
  target: T,
  key: K,
  value: T[K],
): () => void {
  const before = Object.getOwnPropertyDescriptor(target, key);
  target[key] = value;
  return () => {
    if (before) Object.defineProperty(target, key, before);
    else delete target[key];
  };
}

/** The tfjs op that is running, e.g. `conv2d`; empty outside ops. */
export function activeOp(): string {
  return opOf((engine() as unknown as InterceptableEngine).state.activeScope?.name);
}

/** The outermost op that is running: `dropout`, not `randomUniform` within it; empty outside ops. */
export function outermostOp(): string {
  const { scopeStack } = (engine() as unknown as InterceptableEngine).state;
  return opOf(scopeStack.find(({ name }) => name.endsWith(OP_SUFFIX))?.name);
}

function opOf(scope = ""): string {
  return scope.endsWith(OP_SUFFIX) ? scope.slice(0, -OP_SUFFIX.length) : "";
}

/** Whether a tfjs op is running, by itself or around the one that is. */
export function isInside(op: string): boolean {
  const { scopeStack } = (engine() as unknown as InterceptableEngine).state;
  return scopeStack.some(({ name }) => name === op + OP_SUFFIX);
}

/** tfjs marks the scopes of its ops with it, in contrast to scopes that users name. */
const OP_SUFFIX = "__op";
