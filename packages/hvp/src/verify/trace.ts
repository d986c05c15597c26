/** The kernel calls of a loss, with their values. */

import { dispose, keep, type Tensor, tensor, tidy } from "@tensorflow/tfjs-core";
import type { ParameterTree } from "../parameters/parameters.js";
import { evaluated } from "../tape/evaluated.js";
import { activeOp, intercept, type KernelCall, type RunKernel } from "../tape/intercept.js";
import { type Differentiator, type Loss, retainedTape } from "./differentiator.js";

/** A kernel call of a loss, with the values that it had there. */
export interface OpCall {
  readonly kernelName: string;
  /** Copies, owned by the trace. */
  readonly inputs: Readonly<Record<string, Tensor>>;
  /** Whether the kernel takes them as a list. */
  readonly list: boolean;
  /** Names of the float inputs that depend on the parameters. */
  readonly active: readonly string[];
  readonly attrs: Readonly<Record<string, unknown>>;
  /** Whether the loss calls it, or only its gradient. */
  readonly phase: "loss" | "gradient";
  /** The op whose custom gradient is around it, if any. */
  readonly inside: string | undefined;
}

export interface OpTrace {
  /** One of each kind (kernel, attributes, shapes), in the order of their first call. */
  readonly calls: readonly OpCall[];
  /** Ops with a custom gradient that the differentiator went through. */
  readonly customGradients: ReadonlySet<string>;
  dispose(): void;
}

/** The kernel calls that depend on the parameters: in the loss as it stands, then in its gradient. */
export function traceOps(
  loss: Loss,
  params: ParameterTree,
  differentiator: Differentiator,
): OpTrace {
  const calls = new Map<string, OpCall>();
  const customGradients = new Set<string>();
  const active = new Set((Object.values(params) as Tensor[]).map((p) => p.id));
  let inside: string | undefined;
  let phase: OpCall["phase"] = "loss";

  const note = ({ kernelName = "", inputs, attrs = {} }: KernelCall) => {
    const tensors = Object.entries(inputs).filter(([, x]) => x != null);
    const shapes = tensors.map(([name, { shape }]) => `${name}[${shape}]`);
    const key = JSON.stringify([kernelName, attrs, shapes, inside]);
    const moving = tensors.filter(([, x]) => active.has(x.id) && x.dtype === "float32");
    if (calls.has(key) || moving.length === 0) return;
    const copies = tensors.map(([name, x]) => {
      return [name, keep(tensor(x.dataSync().slice(), x.shape, x.dtype))] as const;
    });
    calls.set(key, {
      kernelName,
      inputs: Object.fromEntries(copies),
      list: Array.isArray(inputs),
      active: moving.map(([name]) => name),
      attrs,
      inside,
      phase,
    });
  };

  const handler = (call: KernelCall, run: RunKernel) => {
    const moving = Object.values(call.inputs).some((x) => x != null && active.has(x.id));
    if (!moving) return run(call);
    const before = inside;
    if (call.kernelName !== undefined) note(call);
    // This package looks through custom gradients.
    else if (differentiator !== retainedTape) {
      inside ??= activeOp() || "a custom gradient";
      customGradients.add(inside);
    }
    try {
      const outputs = run(call);
      for (const output of [outputs].flat()) active.add(output.id);
      return outputs;
    } finally {
      inside = before;
    }
  };

  // Its kernels are seen here as the loss calls them, before they are executed in other ways.
  evaluated(() => intercept(handler, () => tidy(() => loss(params)))).dispose();
  intercept(handler, () => {
    // An op may do without its custom gradient while it is differentiated: only then does it count.
    customGradients.clear();
    phase = "gradient";
    dispose(Object.values(differentiator.gradient(loss, params)));
  });
  return {
    calls: [...calls.values()],
    customGradients,
    dispose: () => {
      for (const { inputs } of calls.values()) dispose(Object.values(inputs));
    },
  };
}
