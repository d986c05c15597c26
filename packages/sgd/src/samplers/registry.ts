import { byName, checkOptions } from "@eoss/rng/internal";
import type { SamplerFactory, SamplerKind, SamplerOptions } from "./define.js";
import { fixedBatches } from "./fixedBatches.js";
import { fullBatch } from "./fullBatch.js";
import { independentBatches } from "./independentBatches.js";
import type { Sampler } from "./sampler.js";
import { type ShuffledEpochsOptions, shuffledEpochs } from "./shuffledEpochs.js";
import { withReplacement } from "./withReplacement.js";

/** A kind of sampler with its options, as plain data: a name alone where there is nothing to say. */
export type SamplerChoice =
  | "shuffled-epochs"
  | "independent"
  | "with-replacement"
  | "full"
  | ({ readonly name: "shuffled-epochs" } & ShuffledEpochsOptions)
  | { readonly name: "independent" | "with-replacement" | "full" }
  | { readonly name: "fixed"; readonly batches: ReadonlyArray<readonly number[]> };

/** What a sampler says of itself. */
export interface DescribedSampler {
  /** How it draws, in a line. */
  readonly description: string;
  /** Its options with the values they take when left out; undefined where one must be given. */
  readonly defaults: Readonly<Record<string, unknown>>;
}

interface BuiltIn extends DescribedSampler {
  readonly options: readonly string[];
  // biome-ignore lint/suspicious/noExplicitAny: each kind reads the options that it names
  create(options: any): SamplerFactory;
}

const kinds: Readonly<Record<string, BuiltIn>> = {
  "shuffled-epochs": {
    description: "a new shuffle each epoch, cut into batches",
    defaults: { lastBatch: "drop" },
    options: ["lastBatch"],
    create: (options: ShuffledEpochsOptions) => (samples, batchSize, stream) =>
      shuffledEpochs(samples, batchSize, stream, options),
  },
  independent: {
    description: "different samples, independently of other batches",
    defaults: {},
    options: [],
    create: () => independentBatches,
  },
  "with-replacement": {
    description: "independent draws: a sample can be in a batch more than once",
    defaults: {},
    options: [],
    create: () => withReplacement,
  },
  full: {
    description: "all samples, in order",
    defaults: {},
    options: [],
    create: () => (samples, batchSize) => sized("full", fullBatch(samples), batchSize),
  },
  fixed: {
    description: "given lists of indices, in turn",
    defaults: { batches: undefined },
    options: ["batches"],
    create:
      ({ batches = [] }) =>
      (samples, batchSize) =>
        sized("fixed", fixedBatches(samples, batches), batchSize),
  },
};

/** What the samplers say of themselves, by name. */
export const samplers: Readonly<Record<string, DescribedSampler>> = kinds;

/** The names of the samplers. */
export const samplerNames: readonly string[] = Object.keys(kinds);

/**
 * The factory of a kind of sampler.
 *
 * @param choice a name, or a name with options as they come out of a file
 * @param others samplers of users, by the names that settings have for them
 * @throws RangeError naming the known samplers, or the options that this one has
 */
export function samplerByName(
  choice: SamplerChoice | (string & {}),
  others: Readonly<Record<string, SamplerKind>> = {},
): SamplerFactory {
  const { name, ...options } = typeof choice === "string" ? { name: choice } : choice;
  if (Object.hasOwn(others, name)) return others[name]!.factory(options as SamplerOptions);
  const kind = byName("sampler", kinds, name);
  checkOptions(`sampler ${name}`, options, kind.options);
  return kind.create(options);
}

/** A batch size that would have no effect is an error, not a silent other number. */
function sized(name: string, sampler: Sampler, batchSize: number): Sampler {
  if (batchSize !== sampler.batchSize) {
    throw new RangeError(
      `the batch size is ${batchSize}; allowed with sampler ${name}: ${sampler.batchSize}`,
    );
  }
  return sampler;
}
