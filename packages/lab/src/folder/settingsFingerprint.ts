import { ConfigError, type RunManifest, type TrainConfig } from "@eoss/run";
import { absolutePaths } from "../plugins/paths.js";
import type { Job } from "../processes/pool.js";
import { configOf } from "../run/resume.js";
import { hash } from "./hash.js";
import { readManifest } from "./read.js";
import { holdsRun } from "./store.js";

/** Settings that change no number of a run. */
const KEEPING = new Set([
  "data-dir",
  "time-limit",
  "plugin-limit",
  "checkpoint-every",
  "keep",
  "workers",
]);

/** A fingerprint of the settings of a run: equal for two runs whose numbers are equal. */
export function settingsKey(config: TrainConfig, forkedAt?: number): string {
  const settings = Object.entries(config)
    .filter(([name, value]) => !KEEPING.has(name) && value !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return hash([settings, forkedAt ?? null]);
}

/**
 * What the folder of a job holds: the manifest of a run with its settings, or nothing.
 *
 * @throws ConfigError if it holds another run
 */
export function recordedRun({ out, within, config, fork }: Job): RunManifest | undefined {
  if (!holdsRun(out)) return undefined;
  const manifest = readManifest(out, within);
  const held = settingsKey(configOf(out, manifest), manifest.parent?.step);
  if (held === settingsKey(absolutePaths(config, process.cwd()), fork?.at)) return manifest;
  throw new ConfigError(
    `${out} holds a run whose settings do not match its name: move it away, or choose another --out`,
  );
}
