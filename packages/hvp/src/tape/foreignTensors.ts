/** The tensors that must not enter a record. */

import type { Tensor } from "@tensorflow/tfjs-core";
import { CapturedParameterError, UnverifiedOpError } from "../errors.js";
import { activeOp } from "./intercept.js";

/** What functions kept of the tensors that they computed from their parameters. */
const kept = new WeakSet<Tensor>();

/**
 * The tensors that must not enter a record, as they depend on the parameters in a way that it does
 * not know: the parameters' own, where the function is given handles of them, and what a function
 * computed in an earlier record and kept.
 */
export class ForeignTensors {
  /** The parameters by the ids of their tensors, with the handles that stand for them. */
  readonly #parameters = new Map<number, { name: string; handles: readonly Tensor[] }>();

  /** What was computed from the parameters while the function runs. */
  #computed: Tensor[] | undefined = [];

  /** A parameter of which the function is given a handle: see `recordForward`. */
  guard(parameter: Tensor, name: string, handle: Tensor): void {
    const handles = this.#parameters.get(parameter.id)?.handles ?? [];
    this.#parameters.set(parameter.id, { name, handles: [...handles, handle] });
  }

  /** A tensor was computed from the parameters. */
  computed(tensor: Tensor): void {
    this.#computed?.push(tensor);
  }

  /** The function has returned: what is still alive is foreign from now on. */
  settle(): void {
    for (const tensor of this.#computed ?? []) if (!tensor.isDisposed) kept.add(tensor);
    this.#computed = undefined;
  }

  /** @throws CapturedParameterError, UnverifiedOpError */
  refuse(tensor: Tensor | null | undefined): void {
    if (tensor == null) return;
    const parameter = this.#parameters.get(tensor.id);
    if (parameter) throw new CapturedParameterError(parameter.name);
    if (kept.has(tensor)) throw new UnverifiedOpError("a tensor of an earlier call", activeOp());
  }

  /** The tensor that the function was given, where a parameter is named by the parameter's own. */
  handleOf(x: Tensor): Tensor {
    const { name, handles } = this.#parameters.get(x.id) ?? { name: "", handles: [x] };
    if (handles.length > 1) throw new CapturedParameterError(name);
    return handles[0]!;
  }

  clear(): void {
    this.#parameters.clear();
    this.#computed = undefined;
  }
}
