import { type Noise, type NoiseOptions, noiseByName } from "@eoss/noise";
import { isForeign } from "@eoss/rng/internal";
import { settingsAt, type TrainingPlan } from "@eoss/sgd";
import { ConfigError } from "./configError.js";
import { explained } from "./explained.js";
import { nameAndOptions } from "./nameValuePairs.js";

type Noises = Readonly<Record<string, Noise>>;

/** A noise in place of that of mini-batches. */
export interface NoiseSetting {
  readonly noise: Noise;
  readonly options: NoiseOptions;
}

/** Noises that make sense only where the update is θ ← θ − η·gradient. */
const PLAIN_SGD: ReadonlySet<string> = new Set(["langevin", "sde"]);

/**
 * What a plan's text such as `isotropic covariance=drawn` says; nothing for mini-batches ("none").
 *
 * @param noises those of users, by the names that settings have for them
 * @throws ConfigError naming what is unknown, and what there is
 */
export function noiseSetting(
  text: string | undefined,
  noises: Noises = {},
): NoiseSetting | undefined {
  if (text === undefined || text === "none") return undefined;
  return explained(`noise "${text}"`, () => {
    const { name, ...options } = nameAndOptions(text);
    const noise = noiseByName(name, noises);
    noise.checkOptions(options);
    return { noise, options };
  });
}

/**
 * @param noises as of `noiseSetting`; those of users that are not given are not looked at
 * @throws ConfigError if a noise of the plan is unknown, or does not fit the optimizer beside it
 */
export function checkNoises(plan: TrainingPlan, noises: Noises = {}): void {
  const steps = (plan.interventions ?? []).map(({ at }) => (at === "plateau" ? 0 : at));
  const isUnknown = (text = "none") => {
    const { name } = nameAndOptions(text);
    return isForeign(name) && !Object.hasOwn(noises, name);
  };
  for (const { noise } of plan.interventions ?? []) {
    if (!isUnknown(noise)) noiseSetting(noise, noises);
  }
  for (const step of [0, ...steps]) {
    const { noise, optimizer } = settingsAt(plan, step);
    if (isUnknown(noise)) continue;
    const name = noiseSetting(noise, noises)?.noise.name ?? "none";
    const clips = (optimizer.clip ?? 0) > 0;
    if (!PLAIN_SGD.has(name) || (optimizer.name === "sgd" && !clips)) continue;
    throw new ConfigError(
      `noise ${name} is defined for the update θ ← θ − η·g, but from step ${step} on the optimizer is ` +
        `${optimizer.name}${clips ? " with clipping" : ""}; allowed: sgd`,
    );
  }
}
