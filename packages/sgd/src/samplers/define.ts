import { EossError, type RandomStream } from "@eoss/rng";
import {
  callback,
  checkTableDefinition,
  completeOptions,
  needed,
  type OptionDomain,
  type OptionTable,
  requireStream,
  shown,
  TABLE_PARTS,
} from "@eoss/rng/internal";
import { checkSizes, checkStep, type Sampler } from "./sampler.js";

/** A sampler is not what `--sampler` asks for; the message names the rule it broke. */
export class SamplerContractError extends EossError {
  override readonly name = "SamplerContractError";
}

/** Makes the sampler of a kind for n samples and batch size b. */
export type SamplerFactory = (samples: number, batchSize: number, stream: RandomStream) => Sampler;

/** The options of a sampler by name. */
export type SamplerOptions = Readonly<Record<string, OptionTable["defaults"][string]>>;

/** A kind of sampler with its options. */
export interface SamplerKind {
  readonly name: string;
  /** How it draws, in a line; may be empty. */
  readonly description: string;
  /** Its options with the values they take when left out. */
  readonly defaults: SamplerOptions;
  /**
   * What makes a sampler with some options.
   *
   * @throws RangeError if one is unknown or out of its domain: name, value, what is allowed
   */
  factory(options?: SamplerOptions): SamplerFactory;
}

/** A sampler by its formula. */
export interface SamplerDefinition<O extends SamplerOptions> {
  readonly name: string;
  readonly description?: string;
  readonly defaults: O;
  /** What options may be; left out: anything like the default. */
  readonly domains?: Readonly<Partial<Record<keyof O & string, OptionDomain>>>;
  /**
   * The indices of the batch of a step, from 0 to n − 1: a function of the step, n, b, the stream and the
   * options alone, so that a run can be entered at any step. What is costly may be kept in a closure of `make`.
   */
  make(
    samples: number,
    batchSize: number,
    stream: RandomStream,
    options: O,
  ): (step: number) => ArrayLike<number>;
}

/**
 * Makes a sampler of its formula: it adds the checks of options, sizes and indices.
 *
 * @example
 * // The samples in order, again and again.
 * const inTurn = defineSampler({
 *   name: "in-turn",
 *   defaults: {},
 *   make: (n, b) => (step) => Array.from({ length: b }, (_, i) => (step * b + i) % n),
 * });
 * @throws RangeError for a part that the definition of a sampler does not have, that is missing, or that is of
 *   another kind
 */
export function defineSampler<O extends SamplerOptions>(
  definition: SamplerDefinition<O>,
): SamplerKind {
  checkTableDefinition("defineSampler", definition, { ...TABLE_PARTS, make: needed(callback) });
  const { name, description = "", defaults, domains, make } = definition;
  const table = { defaults, domains } as OptionTable;
  completeOptions(name, table, {});
  return {
    ...{ name, description, defaults: table.defaults },
    factory(options = {}) {
      const completed = completeOptions(name, table, options) as unknown as O;
      return (samples, batchSize, stream) => {
        checkSizes(samples, batchSize);
        requireStream(name, stream);
        const indicesAt: unknown = make(samples, batchSize, stream, completed);
        if (typeof indicesAt !== "function") {
          const what = `\`make\` of the sampler ${name} gives ${shown(indicesAt)}`;
          throw new SamplerContractError(`${what}; allowed: a function of the step`);
        }
        return {
          batchSize,
          at(step) {
            checkStep(step);
            return checked(name, indicesAt(step), step, samples, batchSize);
          },
        };
      };
    },
  };
}

/** @throws SamplerContractError for what is no batch */
function checked(
  name: string,
  batch: ArrayLike<number>,
  step: number,
  samples: number,
  batchSize: number,
): Int32Array {
  const length = batch?.length;
  if (!(Number.isSafeInteger(length) && length >= 1 && length <= batchSize)) {
    throw new SamplerContractError(
      `the sampler ${name} gives ${length ?? "no"} indices at step ${step}; allowed: from 1 to ${batchSize}`,
    );
  }
  const indices = Int32Array.from(batch);
  const given = Array.from(batch);
  // A list may have holes.
  const wrong = given.findIndex(
    (index) => !(Number.isInteger(index) && 0 <= index && index < samples),
  );
  if (wrong < 0) return indices;
  throw new SamplerContractError(
    `the sampler ${name} gives the index ${shown(given[wrong])} at step ${step}; allowed: integers from 0 to ${samples - 1}`,
  );
}
