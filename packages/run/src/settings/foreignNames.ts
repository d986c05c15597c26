import { isForeign } from "@eoss/rng/internal";
import type { TrainConfig } from "./config.js";
import { nameAndOptions, nameValuePairs } from "./nameValuePairs.js";

/** The kinds of code that settings of training name. */
export const TRAINING_KINDS = ["optimizer", "noise", "loss", "sampler", "schedule"] as const;
export type TrainingKind = (typeof TRAINING_KINDS)[number];

type Named = Partial<Pick<TrainConfig, TrainingKind | "intervene">>;

/** Where the settings name code of a kind. */
const NAMED: Readonly<Record<TrainingKind, (config: Named) => (string | undefined)[]>> = {
  optimizer: ({ optimizer, intervene }) => [optimizer, ...inInterventions(intervene, "optimizer")],
  noise: ({ noise, intervene }) => [noise, ...inInterventions(intervene, "noise")],
  loss: ({ loss }) => [loss],
  sampler: ({ sampler }) => [sampler],
  schedule: ({ schedule = [] }) => schedule.map(withoutSetting),
};

/** What stands behind `lr=` or `batch=`. */
export function withoutSetting(schedule: string): string {
  return schedule.replace(/^\s*(lr|batch)=/, "");
}

/** The names of a kind that are files or packages of users, each once; what is built in has other names. */
export function foreignNames(kind: TrainingKind, config: Named): string[] {
  const names = NAMED[kind](config).flatMap((text) =>
    text === undefined ? [] : [nameAndOptions(text).name],
  );
  return [...new Set(names.filter(isForeign))];
}

function inInterventions(
  texts: readonly string[] = [],
  key: "optimizer" | "noise",
): (string | undefined)[] {
  return texts.map((text) => Object.fromEntries(nameValuePairs(text))[key]?.replaceAll(",", " "));
}
