import type { LossKind } from "@eoss/hvp";
import type { Noise } from "@eoss/noise";
import type { Optimizer, SamplerKind, ScheduleKind } from "@eoss/sgd";

/** Code of users that the settings of a run name, under the names that it has there. */
export interface Plugins {
  readonly optimizers?: Readonly<Record<string, Optimizer>>;
  readonly noises?: Readonly<Record<string, Noise>>;
  readonly losses?: Readonly<Record<string, LossKind>>;
  readonly samplers?: Readonly<Record<string, SamplerKind>>;
  readonly schedules?: Readonly<Record<string, ScheduleKind>>;
}
