/** The optimizers and noises of users that settings name. */

import { loadNoise, type Noise, NoiseContractError } from "@eoss/noise";
import { checkNoise } from "@eoss/noise/testing";
import type { Plugins, TrainConfig } from "@eoss/run";
import { foreignNames, noiseSetting } from "@eoss/run/internal";
import {
  loadOptimizer,
  type Optimizer,
  OptimizerContractError,
  settingsAt,
  type TrainingPlan,
} from "@eoss/sgd";
import { checkOptimizer } from "@eoss/sgd/testing";
import { importFrom } from "./importFrom.js";
import { USUAL_LIMIT } from "./limited.js";
import { type GuardedKind, guarded } from "./limitedPlugins.js";

const OPTIMIZER: GuardedKind<Optimizer> = {
  noun: "optimizer",
  functions: [
    "threshold",
    "smallBatchThreshold",
    "coupledDecay",
    "preconditioner",
    "lookAhead",
    "init",
    "step",
  ],
  Failure: OptimizerContractError,
};
const NOISE: GuardedKind<Noise> = {
  noun: "noise",
  functions: ["gradient"],
  Failure: NoiseContractError,
};

/**
 * Loads the code of users that training needs, as seen from the current folder.
 *
 * @throws OptimizerContractError, NoiseContractError saying what could not be found, or which rule a module broke
 */
export async function trainingPlugins(config: TrainConfig): Promise<Plugins> {
  const importModule = importFrom(process.cwd());
  const limit = config["plugin-limit"] ?? USUAL_LIMIT;
  const all = async <T extends object>(
    kind: GuardedKind<T>,
    names: readonly string[],
    load: (name: string) => Promise<T>,
  ) => {
    const found = names.map(async (name) => [name, guarded(kind, name, await load(name), limit)]);
    return Object.fromEntries(await Promise.all(found)) as Readonly<Record<string, T>>;
  };
  const optimizers = foreignNames("optimizer", config);
  const noises = foreignNames("noise", config);
  return {
    ...(optimizers.length > 0 && {
      optimizers: await all(OPTIMIZER, optimizers, (name) => loadOptimizer(name, { importModule })),
    }),
    ...(noises.length > 0 && {
      noises: await all(NOISE, noises, (name) => loadNoise(name, { importModule })),
    }),
  };
}

/**
 * Looks whether the code of users in a plan keeps its contracts, each with the options that it has there. The
 * backend must have been loaded.
 *
 * @throws OptimizerContractError, NoiseContractError naming the rule that is broken
 */
export function checkTrainingPlugins(
  plan: TrainingPlan,
  { optimizers = {}, noises = {} }: Plugins,
): void {
  const steps = (plan.interventions ?? []).map(({ at }) => (at === "plateau" ? 0 : at));
  const all = [0, ...steps].map((step) => settingsAt(plan, step));
  // Settings that wait for a plateau hold at no step yet.
  const waiting = (plan.interventions ?? []).filter(({ at }) => at === "plateau");
  for (const { optimizer, learningRate } of [
    ...all,
    ...waiting.map((one) => ({ learningRate: all[0]!.learningRate, ...one })),
  ] as Array<(typeof all)[number]>) {
    const { name, ...options } = optimizer ?? { name: "" };
    const own = optimizers[name];
    if (own) checkOptimizer(own, { ...options, learningRate: asNumber(learningRate) });
  }
  for (const text of new Set([...all, ...waiting].map(({ noise }) => noise))) {
    const setting = noiseSetting(text, noises);
    if (setting && Object.values(noises).includes(setting.noise)) {
      checkNoise(setting.noise, setting.options);
    }
  }
}

const asNumber = (rate: unknown) => (typeof rate === "number" ? rate : 0.1);
