/** The optimizers, noises, losses, samplers and schedules of users that settings name. */

import { LossContractError, type LossKind, type LossOptions, loadLoss } from "@eoss/hvp";
import { checkLoss } from "@eoss/hvp/testing";
import { loadNoise, type Noise, NoiseContractError } from "@eoss/noise";
import { checkNoise } from "@eoss/noise/testing";
import type { Plugins, TrainConfig } from "@eoss/run";
import {
  foreignNames,
  nameAndOptions,
  noiseSetting,
  samplerSetting,
  type TrainingKind,
  withoutSetting,
} from "@eoss/run/internal";
import {
  loadOptimizer,
  loadSampler,
  loadSchedule,
  type Optimizer,
  OptimizerContractError,
  SamplerContractError,
  type SamplerKind,
  type SamplerOptions,
  ScheduleContractError,
  type ScheduleKind,
  type ScheduleOptions,
  settingsAt,
  type TrainingPlan,
} from "@eoss/sgd";
import { checkOptimizer, checkSampler, checkScheduleKind } from "@eoss/sgd/testing";
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
const LOSS: GuardedKind<LossKind> = {
  noun: "loss",
  functions: ["head"],
  Failure: LossContractError,
};
const SAMPLER: GuardedKind<SamplerKind> = {
  noun: "sampler",
  functions: ["factory"],
  later: ["at"],
  Failure: SamplerContractError,
};
const SCHEDULE: GuardedKind<ScheduleKind> = {
  noun: "schedule",
  functions: ["values"],
  Failure: ScheduleContractError,
};
const NOISE: GuardedKind<Noise> = {
  noun: "noise",
  functions: ["gradient"],
  Failure: NoiseContractError,
};

type Named = Partial<TrainConfig>;

/**
 * Loads the code of users that training needs, as seen from the current folder.
 *
 * @throws OptimizerContractError, NoiseContractError, LossContractError, SamplerContractError saying what could
 *   not be found, or which rule a module broke
 */
export async function trainingPlugins(config: Named): Promise<Plugins> {
  const from = { importModule: importFrom(process.cwd()) };
  const limit = config["plugin-limit"] ?? USUAL_LIMIT;
  const all = async <K extends keyof Plugins, T extends object>(
    key: K,
    kind: GuardedKind<T>,
    load: (name: string, options: typeof from) => Promise<T>,
  ) => {
    const names = foreignNames(kind.noun as TrainingKind, config);
    if (names.length === 0) return {};
    const found = names.map(async (name) => [
      name,
      guarded(kind, name, await load(name, from), limit),
    ]);
    return { [key]: Object.fromEntries(await Promise.all(found)) };
  };
  return Object.assign(
    {},
    await all("optimizers", OPTIMIZER, loadOptimizer),
    await all("noises", NOISE, loadNoise),
    await all("losses", LOSS, loadLoss),
    await all("samplers", SAMPLER, loadSampler),
    await all("schedules", SCHEDULE, loadSchedule),
  ) as Plugins;
}

/**
 * Looks whether the code of users in a plan keeps its contracts, each with the options that it has there. The
 * backend must have been loaded.
 *
 * @throws OptimizerContractError, NoiseContractError, LossContractError, SamplerContractError, ScheduleContractError
 *   naming the rule that is broken
 */
export function checkTrainingPlugins(
  {
    loss,
    sampler,
    schedule = [],
    steps,
    lr,
    batch,
  }: Pick<TrainConfig, "loss" | "sampler" | "schedule" | "steps" | "lr" | "batch">,
  plan: TrainingPlan,
  { optimizers = {}, noises = {}, losses = {}, samplers = {}, schedules = {} }: Plugins,
  samples: number,
): void {
  const { name: lossName, ...lossOptions } = nameAndOptions(loss);
  if (Object.hasOwn(losses, lossName)) checkLoss(losses[lossName]!, lossOptions as LossOptions);
  const { name: samplerName, ...samplerOptions } = nameAndOptions(sampler);
  samplerSetting(sampler, samplers);
  if (Object.hasOwn(samplers, samplerName)) {
    const { batchSize } = settingsAt(plan, 0);
    const own = samplers[samplerName]!;
    checkSampler(own, samplerOptions as SamplerOptions);
    checkSampler(own, samplerOptions as SamplerOptions, { samples, batchSize, steps });
  }
  for (const text of schedule) {
    const { name, steps: horizon = steps, ...options } = nameAndOptions(withoutSetting(text));
    if (!Object.hasOwn(schedules, name)) continue;
    const size = batch === "full" ? MANY : batch;
    const initial = text.trim().startsWith("lr=") ? lr : size;
    const context = { initial, steps: horizon as number };
    checkScheduleKind(schedules[name]!, options as ScheduleOptions, context);
  }
  const at = (plan.interventions ?? []).map(({ at }) => (at === "plateau" ? 0 : at));
  const all = [0, ...at].map((step) => settingsAt(plan, step));
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

/** A batch size, where that of the data is not known here. */
const MANY = 1024;

const asNumber = (rate: unknown) => (typeof rate === "number" ? rate : 0.1);
