import { parseTrainConfig, type TrainConfig } from "@eoss/run";
import { decodeChanges } from "./changes.js";

/** A point drawn with the mouse: coordinates in [−1, 1], and its class. */
export interface DrawnPoint {
  readonly x: number;
  readonly y: number;
  readonly label: 0 | 1;
}

/** Where tensors can live in a page. */
export const pageBackends = ["wasm", "webgl", "webgpu", "cpu"] as const;
export type PageBackend = (typeof pageBackends)[number];

/** Data that only the page has: points drawn with the mouse. */
export const DRAWN = "drawn";

/** A second run that leaves the first at a step. */
export interface Twin {
  readonly at: number;
  /** Changes from that step on, in the words of `--intervene`. */
  readonly intervene: readonly string[];
}

/** Everything that a trajectory depends on; the address of the page holds it whole. */
export interface PlaygroundState {
  /** Settings of the run under their flag names; what is left out has its default. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** The data set "drawn". */
  readonly points: readonly DrawnPoint[];
  readonly backend: PageBackend;
  readonly twin?: Twin | undefined;
}

/** The settings that a page can honour. The others are about files, threads, sessions and foreign modules. */
export const PAGE_SETTINGS = [
  "data",
  "samples",
  "model",
  "model-options",
  "width",
  "activation",
  "init",
  "init-scale",
  "loss",
  "lr",
  "batch",
  "steps",
  "optimizer",
  "noise",
  "sampler",
  "schedule",
  "intervene",
  "plateau",
  "stop-loss",
  "stop-accuracy",
  "stop-plateau",
  "seed",
  "measure",
  "every",
  "budget",
  "tolerance",
  "top",
  "max-batches",
] as const satisfies ReadonlyArray<keyof TrainConfig>;

/**
 * The checked settings of the run.
 *
 * @throws ConfigError naming the setting, its value and what is allowed
 */
export function configOf({ settings }: PlaygroundState): TrainConfig {
  if (settings.data !== DRAWN) return parseTrainConfig(settings);
  // The command line has no such data set: its other settings are checked as for the like one.
  const { samples: _, ...rest } = parseTrainConfig({ ...settings, data: "spirals" });
  return { ...rest, data: DRAWN } as unknown as TrainConfig;
}

/** The settings of the twin: those of the first run up to the fork, then its own changes. */
export function twinState(state: PlaygroundState, { at, intervene }: Twin): PlaygroundState {
  const list = [...inheritedBy(state, at), ...intervene];
  return { ...withInterventions(state, list), twin: undefined };
}

/** The twin that has this list of interventions beside those that it has from the run. */
export function twinWith(state: PlaygroundState, at: number, list: readonly string[]): Twin {
  return { at, intervene: list.slice(inheritedBy(state, at).length) };
}

/** What a twin has from the run. It waits for the same plateaus, as a fork of `eoss fork` does. */
function inheritedBy(state: PlaygroundState, step: number): string[] {
  return interventionsOf(state).filter((words) => {
    const { at } = decodeChanges(words);
    return at === "plateau" || at < step;
  });
}

export function interventionsOf({ settings }: PlaygroundState): readonly string[] {
  return (settings.intervene as readonly string[] | undefined) ?? [];
}

export function withInterventions(
  state: PlaygroundState,
  interventions: readonly string[],
): PlaygroundState {
  const { intervene: _, ...settings } = state.settings;
  return {
    ...state,
    settings: { ...settings, ...(interventions.length > 0 && { intervene: interventions }) },
  };
}
