import { EossError } from "@eoss/rng";

/**
 * An operation whose second derivative nobody has verified stands between the parameters and the
 * loss. Its curvature could be silently wrong, so none is given.
 */
export class UnverifiedOpError extends EossError {
  override readonly name = "UnverifiedOpError";
  /** Where the operation was called: the first stack frame outside tfjs and this package, if known. */
  readonly calledAt: string | undefined;

  /**
   * @param op the tfjs kernel, e.g. `Conv3D`, or one of the other things that are not followed
   * @param scope the tfjs op that ran it, e.g. `conv3d`
   */
  constructor(
    readonly op: string,
    readonly scope: string,
  ) {
    super();
    this.calledAt = firstForeignFrame();
    const by = scope && scope !== op ? ` (in ${scope})` : "";
    const at = this.calledAt ? `, called at ${this.calledAt}` : "";
    this.message =
      `no verified second derivative for ${op}${by}${at}. ` +
      (instead[op] ??
        `Write this part of the loss with other ops, or vouch for it with registerRule({ kernelName: "${op}", ... }) ` +
          "after checkRule() of @eoss/hvp/testing has passed on it.");
    // The stack was taken before the message was known.
    this.stack = this.stack?.replace(/^[^\n]*/, `${this.name}: ${this.message}`);
  }
}

/** What is not followed besides kernels, and what to write instead. */
const instead: Readonly<Record<string, string>> = {
  "custom gradient":
    "A custom gradient says nothing about the second derivative: write the function with plain tfjs ops.",
  "numbers of a recorded tensor":
    "What is computed from them would count as a constant: go on with tensors, as by tf.where or " +
    "tf.gather. Where constants are meant, as for printing or to choose what is computed, say so: " +
    "constant(() => x.dataSync()), with constant() of @eoss/hvp.",
  "data of a recorded tensor":
    "A kernel that is called by hand, or what else looks into a backend's storage, is not seen by the " +
    "record: what comes of it would count as a constant. Call the op of tfjs, or engine().runKernel.",
  "a tensor on recorded data":
    "It was made past the ops of tfjs, and would count as a constant: use tf.clone or tf.reshape.",
  "a tensor of an earlier call":
    "It was computed from the parameters of that call, and would count as a constant: compute it " +
    "anew. Where a constant is meant, say so: constant(() => tf.clone(x)), with constant() of @eoss/hvp.",
  "a record inside a record":
    "linearize, gradient, jacobian and the operators record what they differentiate, and cannot be " +
    "differentiated themselves: use tf.grad, tf.grads or tf.valueAndGrads, which are followed. Where " +
    "a constant is meant, say so: constant(() => ...), with constant() of @eoss/hvp.",
  assign:
    "A variable is assigned inside the differentiation with respect to it: compute the new value as " +
    "a tensor, and go on with that.",
};

/** What tfjs says where a differentiation inside does not depend on its argument. */
export const NO_GRADIENT =
  "Cannot compute gradient of y=f(x) with respect to x. Make sure that the f you passed encloses " +
  "all operations that lead from x to y.";

/** The function uses a parameter's own tensor, past the argument that it is given. */
export class CapturedParameterError extends EossError {
  override readonly name = "CapturedParameterError";

  constructor(readonly parameter: string) {
    super();
    const calledAt = firstForeignFrame();
    const at = calledAt ? ` at ${calledAt}` : "";
    this.message =
      `the tensor of parameter ${parameter} is used${at} without being taken from the argument of ` +
      "the function. Take it from the argument, where it is to be differentiated; where it is to be " +
      "a constant, as the point that a penalty is measured from, use a copy made beforehand with clone().";
    this.stack = this.stack?.replace(/^[^\n]*/, `${this.name}: ${this.message}`);
  }
}

/**
 * This package's own folder, as stack frames show it: `import.meta` is lost in bundles of other
 * formats than ESM. In a bundle it is the bundle's folder, and no frame of it is named. "" where
 * errors have no stack.
 */
const home = new Error().stack?.match(/([^()\s@]*[/\\])[^()\s]*:\d+:\d+\)?$/m)?.[1] ?? "";

/** Where the code that runs now was called, and by which op, as the end of a sentence. */
export function callSite(op: string): string {
  const frame = firstForeignFrame();
  return `${op && ` in ${op}`}${frame ? `, called at ${frame}` : ""}`;
}

function firstForeignFrame(): string | undefined {
  // Layers alone take more frames than are shown.
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = Number.POSITIVE_INFINITY;
  const frames = (new Error().stack ?? "").split("\n").slice(1);
  Error.stackTraceLimit = limit;
  // Functions of the language, such as Array.map, stand nowhere.
  return frames
    .filter((line) => !line.includes("@tensorflow") && !line.includes(home))
    .map((line) => line.match(/\(?([^()\s]+:\d+:\d+)\)?\s*$/)?.[1])
    .find((place) => place !== undefined);
}
