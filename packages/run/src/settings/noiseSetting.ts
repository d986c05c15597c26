import { type Noise, type NoiseOptions, noiseByName } from "@eoss/noise";
import { settingsAt, type TrainingPlan } from "@eoss/sgd";
import { ConfigError } from "./configError.js";
import { inUsersNames, nameAndOptions } from "./nameValuePairs.js";

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
 * @throws ConfigError naming what is unknown, and what there is
 */
export function noiseSetting(text: string | undefined): NoiseSetting | undefined {
  if (text === undefined || text === "none") return undefined;
  try {
    const { name, ...options } = nameAndOptions(text);
    const noise = noiseByName(name);
    noise.checkOptions(options);
    return { noise, options };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new ConfigError(`noise "${text}": ${inUsersNames(error.message)}`);
  }
}

/** @throws ConfigError if a noise of the plan is unknown, or does not fit the optimizer beside it */
export function checkNoises(plan: TrainingPlan): void {
  const steps = (plan.interventions ?? []).map(({ at }) => (at === "plateau" ? 0 : at));
  for (const { noise } of plan.interventions ?? []) noiseSetting(noise);
  for (const step of [0, ...steps]) {
    const { noise, optimizer } = settingsAt(plan, step);
    const name = noiseSetting(noise)?.noise.name ?? "none";
    if (!PLAIN_SGD.has(name) || optimizer.name === "sgd") continue;
    throw new ConfigError(
      `noise ${name} is defined for the update θ ← θ − η·g, but from step ${step} on the optimizer is ` +
        `${optimizer.name}; allowed: sgd`,
    );
  }
}
