import {
  callback,
  checkTableDefinition,
  completeOptions,
  needed,
  type OptionDomain,
  type OptionTable,
  oneOf,
  TABLE_PARTS,
} from "@eoss/rng/internal";
import type { Scalar, Tensor } from "@tensorflow/tfjs-core";
import { type Likelihood, type LossHead, requireSameShape } from "./likelihood.js";

/** What the targets of a loss are: one-hot or other probabilities, classes by their sign or largest, or any numbers. */
export type LossTargets = "probabilities" | "classes" | "numbers";

/** The options of a loss by name. */
export type LossOptions = Readonly<Record<string, OptionTable["defaults"][string]>>;

/** A loss with its options: what `--loss` names. */
export interface LossKind {
  readonly name: string;
  /** What it is, in a line; may be empty. */
  readonly description: string;
  readonly targets: LossTargets;
  /** Its options with the values they take when left out. */
  readonly defaults: LossOptions;
  /**
   * The loss head with some options.
   *
   * @throws RangeError if one is unknown or out of its domain: name, value, what is allowed
   */
  head(options?: LossOptions): LossHead | Likelihood;
}

/** A loss by its formula. */
export interface LossDefinition<O extends LossOptions> {
  readonly name: string;
  readonly description?: string;
  /** Default: numbers. */
  readonly targets?: LossTargets;
  readonly defaults: O;
  /** What options may be; left out: anything like the default. */
  readonly domains?: Readonly<Partial<Record<keyof O & string, OptionDomain>>>;
  /**
   * The loss, a mean over samples (and positions of a sequence), with tfjs ops.
   *
   * @param outputs [..., C]
   * @param targets of the same shape
   */
  loss(outputs: Tensor, targets: Tensor, options: O): Tensor;
}

const TARGETS: readonly LossTargets[] = ["probabilities", "classes", "numbers"];
const PARTS = { ...TABLE_PARTS, targets: oneOf(...TARGETS), loss: needed(callback) };

/**
 * Makes a loss of its formula: it adds the check of options, and holds targets to the outputs' shape. Its
 * output Hessian for Gauss–Newton products comes from the formula.
 *
 * @example
 * const logCosh = defineLoss({
 *   name: "log-cosh",
 *   defaults: { width: 1 },
 *   loss: (f, y, { width }) => {
 *     const r = tf.div(tf.sub(f, y), width);
 *     return tf.mean(tf.sum(tf.log(tf.div(tf.add(tf.exp(r), tf.exp(tf.neg(r))), 2)), -1));
 *   },
 * });
 * @throws RangeError for a part that the definition of a loss does not have, that is missing, or that is of
 *   another kind
 */
export function defineLoss<O extends LossOptions>(definition: LossDefinition<O>): LossKind {
  checkTableDefinition("defineLoss", definition, PARTS);
  const { name, description = "", targets = "numbers", defaults, domains, loss } = definition;
  const table = { defaults, domains } as OptionTable;
  completeOptions(name, table, {});
  return {
    ...{ name, description, targets, defaults },
    head(options = {}) {
      const completed = completeOptions(name, table, options) as unknown as O;
      return (outputs, targets) => {
        requireSameShape(outputs, targets);
        return loss(outputs, targets, completed) as Scalar;
      };
    },
  };
}
