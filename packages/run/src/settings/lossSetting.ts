import { type Likelihood, type LossHead, type LossKind, lossKindByName } from "@eoss/hvp";
import { ConfigError } from "./configError.js";
import { explained } from "./explained.js";
import { nameAndOptions } from "./nameValuePairs.js";

/** A loss with the options that the settings give it. */
export interface LossSetting {
  readonly kind: LossKind;
  readonly head: LossHead | Likelihood;
}

/**
 * What a text such as `huber delta=0.5` says.
 *
 * @param losses those of users, by the names that settings have for them
 * @throws ConfigError naming what is unknown, and what there is
 */
export function lossSetting(
  text: string,
  losses: Readonly<Record<string, LossKind>> = {},
): LossSetting {
  return explained(`loss "${text}"`, () => {
    const { name, ...options } = nameAndOptions(text);
    const kind = lossKindByName(name, losses);
    return { kind, head: kind.head(options as Parameters<LossKind["head"]>[0]) };
  });
}

/** Quantities for which targets are drawn from the outputs. */
const OF_DRAWN_TARGETS: readonly string[] = ["fisher", "full-fisher"];

/**
 * A Fisher matrix is that of a distribution of the targets, which not every loss is the likelihood of.
 *
 * @throws ConfigError naming the quantity
 */
export function checkLikelihood({ kind, head }: LossSetting, measured: readonly string[]): void {
  if ("sampleTargets" in head) return;
  const wrong = measured.find((name) => OF_DRAWN_TARGETS.includes(name));
  if (wrong === undefined) return;
  throw new ConfigError(
    `${wrong} is of the Fisher matrix, but the loss ${kind.name} is the likelihood of no targets; measure ` +
      "gauss-newton, or use the loss mse, ce or bce",
  );
}
