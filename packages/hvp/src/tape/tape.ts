/** The record of a computation. */

import {
  clone,
  dispose,
  type NamedTensorMap,
  ones,
  Tensor,
  tidy,
  util,
  type Variable,
} from "@tensorflow/tfjs-core";
import { NO_GRADIENT, UnverifiedOpError } from "../errors.js";
import { isOnBackend, lowered } from "../lowering/index.js";
import { identityRule } from "../rules/identity.js";
import { decompose, isOwnCustomGradient, isPiecewiseConstant, ruleFor } from "../rules/registry.js";
import type { GradientRule } from "../rules/rule.js";
import { stepRule } from "../rules/step.js";
import { type Boundary, type Differentiate, guarded } from "./boundary.js";
import type { Bounds } from "./bounds.js";
import { currentRecorder, withRecorder } from "./constant.js";
import { areFinite } from "./finite.js";
import type { ForeignTensors } from "./foreignTensors.js";
import { activeOp, intercept, type KernelCall, type RunKernel } from "./intercept.js";
import { RecordedValues } from "./recordedValues.js";
import {
  type Adjoints,
  differentiatedOp,
  leadingUpTo,
  sweep,
  usedInputs,
  type Watch,
} from "./reverseSweep.js";
import { opOf, outermost, Scope, type TapeNode, Value } from "./value.js";

/**
 * A retained record of a computation, for derivatives of first and second order.
 *
 * `record` notes each kernel call that depends on the parameters. `backward` walks the record in
 * reverse; run inside `record`, it is itself recorded, so that a later walk over everything
 * differentiates the gradient. Each Hessian-vector product is then one backward walk: no forward
 * pass, no new recording.
 */
export class Tape implements Boundary {
  readonly #nodes: TapeNode[] = [];
  readonly #values = new RecordedValues();
  readonly #adjointOf = new Map<Value, Value>();
  /** The tensors, by their ids, with respect to which is differentiated inside the function. */
  #varying: ReadonlySet<number> = new Set();
  /** Number of differentiations inside the function that are open now. */
  #depth = 0;
  #recording = false;
  /** Told of the kernels that run. */
  #bounds: Bounds | undefined;

  /** @param walks whether there will be several walks, for which transposes are worth keeping */
  constructor(readonly walks: "one" | "many" = "many") {}

  /** Number of recorded nodes: a mark up to which `backward` can be told to walk. */
  get length(): number {
    return this.#nodes.length;
  }

  /** What was recorded, in order. */
  get nodes(): readonly TapeNode[] {
    return this.#nodes;
  }

  /** Bytes of the tensors that the tape keeps (shared data counted once). */
  get bytes(): number {
    return this.#values.bytes;
  }

  /** What must not enter the record. */
  get foreign(): ForeignTensors {
    return this.#values.foreign;
  }

  /** Declares a tensor to be a parameter: what is computed from it is recorded. */
  leaf(parameter: Tensor): Value {
    return this.#values.parameter(parameter);
  }

  assigned(variable: Variable, tensor: Tensor): void {
    if (this.#recording) this.foreign.refuse(tensor);
    if (this.#varying.has(variable.id)) throw new UnverifiedOpError("assign", activeOp());
    this.#values.put(variable, this.#recording ? this.valueOf(tensor) : undefined);
  }

  leaving(data: Tensor["dataId"], what: string): void {
    if (!this.#recording || !this.#values.isActiveData(data)) return;
    throw new UnverifiedOpError(what, activeOp());
  }

  valueOf(tensor: Tensor): Value | undefined {
    return this.#values.active(tensor);
  }

  /** The adjoint of a value in a recorded walk, where it is not constant. */
  adjointOf(value: Value): Value | undefined {
    return this.#adjointOf.get(value);
  }

  /** From now on a tensor counts as another one, a variable, does. */
  standIn(tensor: Tensor, variable: Tensor): void {
    const value = this.#values.get(variable);
    if (value) this.#values.put(tensor, value);
  }

  /** Forgets what a result was not computed from. */
  prune(result: Tensor): void {
    const used = leadingUpTo(this.#values.get(result), this.#nodes);
    this.#nodes.splice(0, this.#nodes.length, ...used);
  }

  record<T>(body: () => T): T {
    return guarded(this, () => this.#intercepted(true, body));
  }

  /** Whether what runs now is recorded. */
  get recording(): boolean {
    return this.#recording;
  }

  /**
   * The derivatives that tfjs is asked for inside the function, Σ dy·∂f/∂x for each x, by our own
   * rules and on this record: so they are differentiated as everything else is.
   *
   * Each x is a variable of its own while f runs, whatever it was computed from before. The nodes of
   * f are then walked in reverse.
   */
  readonly differentiate: Differentiate = (f, xs, dy, allowNoGradients = false) => {
    // Inside constant() it is the business of no record; that of tfjs is wrong to second order.
    if (!this.#recording) {
      const tape = new Tape("one");
      try {
        return tape.record(() => tape.differentiate(f, xs, dy, allowNoGradients));
      } finally {
        tape.dispose();
      }
    }
    return tidy(() => {
      const { value, output, variables, first } = this.#varied(f, xs);
      const seeds: Array<[Value, Tensor]> = [];
      if (dy) util.assertShapesMatch(value.shape, dy.shape, "The shapes of dy and f(x) differ: ");
      if (output) seeds.push([output, dy ? clone(dy) : ones(value.shape)]);
      const adjoints = this.#sweep(seeds, this.length, variables, { first });
      util.assert(allowNoGradients || adjoints.size > 0, () => NO_GRADIENT);
      return { value, grads: variables.map((x) => adjoints.get(x)!) };
    });
  };

  /** f of tensors that vary for themselves while it runs; its nodes begin with `first`. */
  #varied(f: () => Tensor, xs: readonly Tensor[]) {
    const scope = new Scope(this.#depth + 1);
    const subjects = xs.map((x) => this.foreign.handleOf(x));
    const before = new Map(subjects.map((x) => [x, this.#values.get(x)]));
    const varying = this.#varying;
    this.#varying = new Set([...varying, ...[...xs, ...subjects].map(({ id }) => id)]);
    this.#depth += 1;
    try {
      for (const x of new Set(subjects)) this.#vary(x, scope);
      const variables = subjects.map((x) => this.#values.get(x)!);
      const first = this.length;
      const value = tidy(f);
      util.assert(value instanceof Tensor, () => "f(x) must be a tensor, to be differentiated");
      return { value, output: this.valueOf(value), variables, first };
    } finally {
      this.#depth -= 1;
      this.#varying = varying;
      scope.open = false;
      for (const [x, value] of before) this.#values.put(x, value);
    }
  }

  /** Makes a tensor a variable of its own, equal to what it was. */
  #vary(x: Tensor, scope: Scope): void {
    const old = this.valueOf(x);
    const value = new Value(x.shape, outermost([old?.scope, scope]));
    if (old) this.#nodes.push({ rule: identityRule, inputs: { x: old }, output: value, attrs: {} });
    this.#values.put(x, value);
    this.#values.markData(x, value);
  }

  /** Runs `body` unrecorded: what it computes counts as constant. */
  pause<T>(body: () => T): T {
    const before = this.#recording;
    this.#recording = false;
    try {
      return body();
    } finally {
      this.#recording = before;
    }
  }

  /** Runs `body` as a single node, with a rule of its own. */
  composite(rule: GradientRule, inputs: NamedTensorMap, body: () => Tensor): Tensor {
    const output = this.pause(body);
    if (this.#recording && Object.values(inputs).some((input) => this.isActive(input))) {
      this.#append(rule, { kernelName: rule.kernelName, inputs }, output);
    }
    return output;
  }

  /**
   * Reverse-mode sweep over the first `length` nodes.
   *
   * @param seeds adjoints to start from; consumed
   * @param wanted values whose adjoints are returned
   * @param bounds told of the kernels that run
   * @returns one tensor for each wanted value that the seeds depend on, owned by the caller
   */
  backward(
    seeds: ReadonlyArray<[Value, Tensor]>,
    length: number,
    wanted: readonly Value[],
    bounds?: Bounds,
  ): Adjoints {
    const walk = () => this.#sweep(seeds, length, wanted);
    this.#bounds = bounds;
    try {
      // Another tape that records this walk sees the kernels themselves, not how they are executed.
      return currentRecorder() !== undefined ? walk() : this.#intercepted(false, walk);
    } finally {
      this.#bounds = undefined;
    }
  }

  /** The op in whose derivative a walk first makes numbers that are not finite of such that are. */
  firstNotFinite(
    seeds: ReadonlyArray<[Value, Tensor]>,
    length: number,
    wanted: readonly Value[],
  ): string | undefined {
    let op: string | undefined;
    const watch: Watch = (node, dy, term) => {
      if (op === undefined && areFinite([dy]) && !areFinite([term])) op = opOf(node);
    };
    const walk = () => this.#sweep(seeds, length, wanted, undefined, watch);
    dispose([...this.#intercepted(false, walk).values()]);
    return op;
  }

  dispose(): void {
    this.#values.dispose();
    this.#nodes.length = 0;
    this.#adjointOf.clear();
  }

  #sweep(
    seeds: ReadonlyArray<[Value, Tensor]>,
    length: number,
    wanted: readonly Value[],
    inside?: { readonly first: number },
    watch?: Watch,
  ): Adjoints {
    const recorded = this.#recording && !inside;
    return sweep(
      this.#nodes,
      { first: inside?.first ?? 0, length, seeds, wanted },
      (node, dy) => {
        const adjoint = recorded ? this.valueOf(dy) : undefined;
        if (adjoint !== undefined) this.#adjointOf.set(node.output, adjoint);
      },
      watch,
    );
  }

  #intercepted<T>(recording: boolean, body: () => T): T {
    const before = this.#recording;
    this.#recording = recording;
    try {
      return withRecorder(this, () => intercept((call, run) => this.#handle(call, run), body));
    } finally {
      this.#recording = before;
    }
  }

  #handle(call: KernelCall, run: RunKernel): Tensor | Tensor[] {
    const execute = () => this.#execute(call, run);
    if (!this.#recording) return execute();
    const scope = activeOp();
    const { kernelName, inputs, attrs = {} } = call;
    for (const input of Object.values(inputs)) this.foreign.refuse(input);
    const active = Object.values(inputs).some((input) => this.isActive(input));
    if (kernelName === undefined) return this.#customGradient(call, run, active, scope);
    if (!active) return execute();
    if (isPiecewiseConstant(kernelName, attrs)) {
      const steps = execute() as Tensor;
      if (this.#depth > 0 && steps.dtype === "float32") this.#append(stepRule, call, steps);
      return steps;
    }
    // Rules and compositions need not think of results that are empty, as only empty inputs make them.
    if (Object.values(inputs).some((input) => input?.size === 0) && isOnBackend(kernelName)) {
      const output = execute();
      if ([output].flat().every(({ size }) => size === 0)) return output;
      dispose(output);
    }
    const composed = tidy(() => {
      const result = decompose(kernelName, inputs, attrs);
      // An op returns a tensor of its own, never one of its inputs.
      const inputIds = new Set(Object.values(inputs).map((t) => t?.id));
      return result instanceof Tensor && inputIds.has(result.id) ? clone(result) : (result ?? []);
    });
    if (!Array.isArray(composed) || composed.length > 0) return composed;
    const rule = ruleFor(kernelName);
    if (rule === undefined) throw new UnverifiedOpError(kernelName, scope);

    const output = execute() as Tensor;
    if (output.size > 0) this.#append(rule, call, output);
    return output;
  }

  /** What happens inside a kernel is not recorded: the kernel's own rule covers it. */
  #execute(call: KernelCall, run: RunKernel): Tensor | Tensor[] {
    const bounds = this.#bounds;
    this.#bounds = undefined;
    try {
      return this.pause(() => {
        const output = lowered(call, run, this.#values.derived);
        bounds?.note(call.kernelName, call.inputs, output);
        return output;
      });
    } finally {
      this.#bounds = bounds;
    }
  }

  /** Custom gradients of tfjs wrap ordinary ops, which are recorded one by one; others are refused. */
  #customGradient(
    call: KernelCall,
    run: RunKernel,
    active: boolean,
    scope: string,
  ): Tensor | Tensor[] {
    const refusal = () => new UnverifiedOpError("custom gradient", scope);
    if (isOwnCustomGradient(scope)) return run(call);
    if (active) throw refusal();
    // The function may also use tensors that it does not name as inputs.
    const output = run(call) as Tensor;
    if (this.isActive(output)) throw refusal();
    return output;
  }

  #append(rule: GradientRule, call: KernelCall, output: Tensor): void {
    const inputs: Record<string, Value> = {};
    for (const [name, tensor] of Object.entries(call.inputs)) {
      if (tensor != null)
        inputs[name] = this.#values.get(tensor) ?? new Value(tensor.shape, undefined);
    }
    for (const name of usedInputs(rule, inputs)) {
      if (inputs[name]) this.#save(inputs[name], call.inputs[name]!);
    }
    const scope = outermost(Object.values(inputs).map((input) => input.scope))!;
    const value = new Value(output.shape, scope);
    this.#values.set(output, value);
    if (rule.saveOutput) this.#save(value, output);
    const attrs = call.attrs ?? {};
    this.#nodes.push({ rule, inputs, output: value, attrs, origin: differentiatedOp() });
  }

  #save(value: Value, tensor: Tensor): void {
    this.pause(() => this.#values.save(value, tensor, this.walks === "many"));
  }

  isActive(tensor: Tensor | null | undefined): boolean {
    return this.#values.isActive(tensor);
  }
}

export type { TapeNode, Value };
