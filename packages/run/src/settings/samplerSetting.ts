import {
  type SamplerChoice,
  type SamplerFactory,
  type SamplerKind,
  samplerByName,
} from "@eoss/sgd";
import { ConfigError } from "./configError.js";
import { inUsersNames, nameAndOptions } from "./nameValuePairs.js";

/**
 * What a text such as `shuffled-epochs last-batch=keep` says.
 *
 * @param samplers those of users, by the names that settings have for them
 * @throws ConfigError naming what is unknown, and what there is
 */
export function samplerSetting(
  text: string,
  samplers: Readonly<Record<string, SamplerKind>> = {},
): SamplerFactory {
  try {
    return samplerByName(nameAndOptions(text) as SamplerChoice, samplers);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new ConfigError(`sampler "${text}": ${inUsersNames(error.message)}`);
  }
}
