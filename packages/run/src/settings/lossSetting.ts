import { type Likelihood, type LossHead, type LossKind, lossKindByName } from "@eoss/hvp";
import { ConfigError } from "./configError.js";
import { inUsersNames, nameAndOptions } from "./nameValuePairs.js";

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
  try {
    const { name, ...options } = nameAndOptions(text);
    const kind = lossKindByName(name, losses);
    return { kind, head: kind.head(options as Parameters<LossKind["head"]>[0]) };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new ConfigError(`loss "${text}": ${inUsersNames(error.message)}`);
  }
}
