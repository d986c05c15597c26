import {
  add,
  clone,
  dispose,
  keep,
  type NamedTensorMap,
  Tensor,
  tidy,
} from "@tensorflow/tfjs-core";
import { currentRecorder, withRecorder } from "./constant.js";
import { CapturedParameterError, UnverifiedOpError } from "./errors.js";
import { activeOp, intercept, type KernelCall, type RunKernel } from "./intercept.js";
import { Derived } from "./lowering/derived.js";
import { lowered } from "./lowering/index.js";
import type { GradientRule, RuleNode } from "./rule.js";
import {
  decompositionOf,
  isOwnCustomGradient,
  isPiecewiseConstant,
  ruleFor,
} from "./rules/registry.js";
import { share } from "./share.js";

/** A tensor of the recorded computation that depends on the parameters, or a saved constant. */
class Value {
  /** Our own handle on the data, alive as long as the tape; present once a rule needs it. */
  saved: Tensor | undefined;

  constructor(
    readonly shape: number[],
    readonly active: boolean,
  ) {}
}

interface TapeNode {
  readonly rule: GradientRule;
  readonly inputs: Readonly<Record<string, Value>>;
  readonly output: Value;
  readonly attrs: Readonly<Record<string, unknown>>;
}

/** Adjoints by value. Every tensor in it is owned by it. */
type Adjoints = Map<Value, Tensor>;

/**
 * A retained record of a computation, for derivatives of first and second order.
 *
 * `record` notes each kernel call that depends on the parameters. `backward` walks the record in
 * reverse; run inside `record`, it is itself recorded, so that a later walk over everything
 * differentiates the gradient. Each Hessian-vector product is then one backward walk: no forward
 * pass, no new recording.
 */
export class Tape {
  readonly #nodes: TapeNode[] = [];
  readonly #valueOf = new Map<number, Value>();
  readonly #saved: Tensor[] = [];
  readonly #adjointOf = new Map<Value, Value>();
  readonly #derived = new Derived();
  /** Names of tensors that must not enter, by their ids. */
  readonly #guarded = new Map<number, string>();
  #recording = false;

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
    const sizes = new Map(this.#saved.map((t) => [t.dataId, t.size * 4]));
    let total = this.#derived.bytes;
    for (const size of sizes.values()) total += size;
    return total;
  }

  /** Declares a tensor to be a parameter: what is computed from it is recorded. */
  leaf(parameter: Tensor): Value {
    const value = new Value(parameter.shape, true);
    this.#valueOf.set(parameter.id, value);
    return value;
  }

  /** Refuses a parameter's own tensor where a handle of it was given: see `recordForward`. */
  guard(parameter: Tensor, name: string): void {
    this.#guarded.set(parameter.id, name);
  }

  refuseGuarded(tensor: Tensor | null | undefined): void {
    const name = tensor == null ? undefined : this.#guarded.get(tensor.id);
    if (name !== undefined) throw new CapturedParameterError(name);
  }

  valueOf(tensor: Tensor): Value | undefined {
    const value = this.#valueOf.get(tensor.id);
    return value?.active ? value : undefined;
  }

  /** The adjoint of a value in a recorded walk, where it is not constant. */
  adjointOf(value: Value): Value | undefined {
    return this.#adjointOf.get(value);
  }

  /** From now on a tensor counts as another one, a variable, does. */
  standIn(tensor: Tensor, variable: Tensor): void {
    const value = this.#valueOf.get(variable.id);
    if (value) this.#valueOf.set(tensor.id, value);
  }

  /** Forgets what a result was not computed from. */
  prune(result: Tensor): void {
    const needed = new Set([this.#valueOf.get(result.id)]);
    const nodes = this.#nodes.splice(0).reverse();
    const used = nodes.filter(({ inputs, output }) => {
      if (needed.has(output)) for (const input of Object.values(inputs)) needed.add(input);
      return needed.has(output);
    });
    this.#nodes.push(...used.reverse());
  }

  record<T>(body: () => T): T {
    return this.#intercepted(true, body);
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
    if (this.#recording && Object.values(inputs).some((input) => this.#isActive(input))) {
      this.#append(rule, { kernelName: rule.kernelName, inputs }, output);
    }
    return output;
  }

  /**
   * Reverse-mode sweep over the first `length` nodes.
   *
   * @param seeds adjoints to start from; consumed
   * @param wanted values whose adjoints are returned
   * @returns one tensor for each wanted value that the seeds depend on, owned by the caller
   */
  backward(
    seeds: ReadonlyArray<[Value, Tensor]>,
    length: number,
    wanted: readonly Value[],
  ): Adjoints {
    // Another tape that records this walk sees the kernels themselves, not how they are executed.
    if (currentRecorder() !== undefined) return this.#sweep(seeds, length, wanted);
    return this.#intercepted(false, () => this.#sweep(seeds, length, wanted));
  }

  dispose(): void {
    dispose(this.#saved);
    this.#derived.dispose();
    this.#saved.length = 0;
    this.#nodes.length = 0;
    this.#valueOf.clear();
    this.#guarded.clear();
    this.#adjointOf.clear();
  }

  #sweep(
    seeds: ReadonlyArray<[Value, Tensor]>,
    length: number,
    wanted: readonly Value[],
  ): Adjoints {
    const adjoints: Adjoints = new Map();
    for (const [value, seed] of seeds) accumulate(adjoints, value, seed);
    const kept = new Set(wanted);
    const leading = this.#leadingTo(kept, length);
    for (let index = length - 1; index >= 0; index--) {
      const node = this.#nodes[index]!;
      const dy = adjoints.get(node.output);
      if (dy === undefined) continue;
      const recorded = this.#recording ? this.valueOf(dy) : undefined;
      if (recorded !== undefined) this.#adjointOf.set(node.output, recorded);
      for (const [value, term] of contributions(node, dy, leading)) {
        accumulate(adjoints, value, term);
      }
      if (kept.has(node.output)) continue;
      adjoints.delete(node.output);
      dy.dispose();
    }
    for (const [value, adjoint] of adjoints) {
      if (kept.has(value)) continue;
      adjoints.delete(value);
      adjoint.dispose();
    }
    return adjoints;
  }

  /** The wanted values and all that was computed from them: where else adjoints go is of no use. */
  #leadingTo(wanted: ReadonlySet<Value>, length: number): Set<Value> {
    const leading = new Set(wanted);
    for (const { inputs, output } of this.#nodes.slice(0, length)) {
      if (Object.values(inputs).some((input) => leading.has(input))) leading.add(output);
    }
    return leading;
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
    // What happens inside a kernel is not recorded: the kernel's own rule covers it.
    const execute = () => this.pause(() => lowered(call, run, this.#derived));
    if (!this.#recording) return execute();
    const scope = activeOp();
    const { kernelName, inputs, attrs = {} } = call;
    for (const input of Object.values(inputs)) this.refuseGuarded(input);
    const active = Object.values(inputs).some((input) => this.#isActive(input));
    if (kernelName === undefined) return this.#customGradient(call, run, active, scope);
    if (!active) return execute();
    if (isPiecewiseConstant(kernelName, attrs)) return execute();
    const composed = tidy(() => {
      const result = decompositionOf(kernelName)?.decompose(inputs, attrs);
      // An op returns a tensor of its own, never one of its inputs.
      const inputIds = new Set(Object.values(inputs).map((t) => t?.id));
      return result instanceof Tensor && inputIds.has(result.id) ? clone(result) : (result ?? []);
    });
    if (!Array.isArray(composed) || composed.length > 0) return composed;
    const rule = ruleFor(kernelName);
    if (rule === undefined) throw new UnverifiedOpError(kernelName, scope);

    const output = execute() as Tensor;
    this.#append(rule, call, output);
    return output;
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
    if (this.#isActive(output)) throw refusal();
    return output;
  }

  #append(rule: GradientRule, call: KernelCall, output: Tensor): void {
    const inputs: Record<string, Value> = {};
    for (const [name, tensor] of Object.entries(call.inputs)) {
      if (tensor != null)
        inputs[name] = this.#valueOf.get(tensor.id) ?? new Value(tensor.shape, false);
    }
    for (const name of usedInputs(rule, inputs)) {
      if (inputs[name]) this.#save(inputs[name], call.inputs[name]!);
    }
    const value = new Value(output.shape, true);
    this.#valueOf.set(output.id, value);
    if (rule.saveOutput) this.#save(value, output);
    this.#nodes.push({ rule, inputs, output: value, attrs: call.attrs ?? {} });
  }

  /** Ops and tidy() dispose what they do not return, so the tape keeps a handle of its own. */
  #save(value: Value, tensor: Tensor): void {
    if (value.saved !== undefined) return;
    const handle = keep(this.pause(() => share(tensor)));
    value.saved = handle;
    this.#valueOf.set(handle.id, value);
    this.#saved.push(handle);
    if (this.walks === "many") this.#derived.retain(handle);
  }

  #isActive(tensor: Tensor | null | undefined): boolean {
    return tensor != null && this.valueOf(tensor) !== undefined;
  }
}

/** The inputs whose values the adjoints of the active inputs use. */
function usedInputs(rule: GradientRule, inputs: Readonly<Record<string, Value>>): Set<string> {
  const { saveInputs = [] } = rule;
  if (Array.isArray(saveInputs)) return new Set(saveInputs);
  const active = Object.entries(saveInputs).filter(([name]) => inputs[name]?.active);
  return new Set(active.flatMap(([, used]) => used));
}

/** What one node adds to the adjoints of those of its inputs that are asked for. */
function contributions(
  node: TapeNode,
  dy: Tensor,
  asked: ReadonlySet<Value>,
): Array<[Value, Tensor]> {
  const targets: Value[] = [];
  const terms = tidy(() => {
    const gradients = node.rule.gradient(view(node, dy));
    const results: Tensor[] = [];
    for (const [name, value] of Object.entries(node.inputs)) {
      const gradient = gradients[name];
      if (!asked.has(value) || gradient === undefined) continue;
      const term = gradient();
      // The adjoint of the output is disposed after use: a rule that hands it on gives a copy.
      results.push(term.id === dy.id || results.some((t) => t.id === term.id) ? clone(term) : term);
      targets.push(value);
    }
    return results;
  });
  return terms.map((term, index) => [targets[index]!, term]);
}

function view(node: TapeNode, dy: Tensor): RuleNode {
  const saved = (value: Value | undefined, what: string): Tensor => {
    if (value?.saved === undefined) {
      throw new Error(
        `the gradient rule of ${node.rule.kernelName} uses ${what} but does not save it`,
      );
    }
    return value.saved;
  };
  return {
    dy,
    attrs: node.attrs,
    inputNames: Object.keys(node.inputs),
    input: (name) => saved(node.inputs[name], `input ${name}`),
    output: () => saved(node.output, "its output"),
    shapeOf: (name) => node.inputs[name]!.shape,
  };
}

function accumulate(adjoints: Adjoints, value: Value, term: Tensor): void {
  const before = adjoints.get(value);
  if (before === undefined) {
    adjoints.set(value, term);
    return;
  }
  adjoints.set(value, add(before, term));
  before.dispose();
  term.dispose();
}

export type { TapeNode, Value };
