/** The contract of a sampler: what is looked at before a training with one of somebody else. */

import { stream } from "@eoss/rng";
import { checkOptions, watchingRandom } from "@eoss/rng/internal";
import { SamplerContractError, type SamplerKind, type SamplerOptions } from "../samplers/define.js";

const SIZES = { samples: 24, batchSize: 4, steps: 42 };
const STEPS = [0, 1, 2, 5, 6, 13, 40, 41];

/**
 * Looks whether a sampler keeps its contract with some options, on batches of 4 of 24 samples or of the sizes that
 * are given, at some steps and the last: indices are those of samples; the batch of a step is the same again, also where steps before were not asked for, or others in
 * between; and no random numbers are drawn beside the stream.
 *
 * @throws SamplerContractError naming the first rule that is broken
 */
export function checkSampler(
  kind: SamplerKind,
  options: SamplerOptions = {},
  sizes: Partial<typeof SIZES> = {},
): void {
  checkOptions("sizes of checkSampler", sizes, Object.keys(SIZES));
  const { samples, batchSize, steps: all } = { ...SIZES, ...sizes };
  const steps = [...new Set([...STEPS.filter((step) => step < all), Math.max(0, all - 1)])];
  const fail = (broken: string): never => {
    throw new SamplerContractError(
      `the sampler ${kind.name} breaks the contract of samplers: ${broken}`,
    );
  };
  const fresh = () => kind.factory(options)(samples, batchSize, stream(8, "check-sampler"));
  try {
    const { value, draws } = watchingRandom(() => {
      const one = fresh();
      return { one, inOrder: steps.map((step) => one.at(step).join()) };
    });
    const { one, inOrder } = value;
    if (draws > 0) fail("it draws random numbers beside its stream");
    const backwards = [...steps].reverse().map((step) => one.at(step).join());
    const alone = steps.map((step) => fresh().at(step).join());
    const place = steps.findIndex(
      (_, i) => inOrder[i] !== alone[i] || inOrder[i] !== backwards[steps.length - 1 - i],
    );
    if (place >= 0) {
      fail(
        `the batch of step ${steps[place]} depends on the steps that were asked for before, or on the clock: a run that is resumed ` +
          "would see others. It is a function of the step and the stream",
      );
    }
  } catch (error) {
    if (error instanceof SamplerContractError) throw error;
    fail((error as Error).message);
  }
}
