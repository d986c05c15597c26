import type { Noise } from "@eoss/noise";
import type { Optimizer } from "@eoss/sgd";

/** Code of users that the settings of a run name, under the names that it has there. */
export interface Plugins {
  readonly optimizers?: Readonly<Record<string, Optimizer>>;
  readonly noises?: Readonly<Record<string, Noise>>;
}
