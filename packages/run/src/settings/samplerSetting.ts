import {
  type SamplerChoice,
  type SamplerFactory,
  type SamplerKind,
  samplerByName,
} from "@eoss/sgd";
import { explained } from "./explained.js";
import { nameAndOptions } from "./nameValuePairs.js";

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
  return explained(`sampler "${text}"`, () =>
    samplerByName(nameAndOptions(text) as SamplerChoice, samplers),
  );
}
