import type { LossKind } from "@eoss/hvp";
import type { Noise } from "@eoss/noise";
import { type OptionDomains, record } from "@eoss/rng/internal";
import type { Optimizer, SamplerKind, ScheduleKind } from "@eoss/sgd";

/** Code of users that the settings of a run name, under the names that it has there. */
export interface Plugins {
  readonly optimizers?: Readonly<Record<string, Optimizer>>;
  readonly noises?: Readonly<Record<string, Noise>>;
  readonly losses?: Readonly<Record<string, LossKind>>;
  readonly samplers?: Readonly<Record<string, SamplerKind>>;
  readonly schedules?: Readonly<Record<string, ScheduleKind>>;
}

/** What each may be, for those who take them. */
export const PLUGINS: OptionDomains<Plugins> = {
  optimizers: record("of optimizers by their names"),
  noises: record("of noises by their names"),
  losses: record("of losses by their names"),
  samplers: record("of samplers by their names"),
  schedules: record("of schedules by their names"),
};
