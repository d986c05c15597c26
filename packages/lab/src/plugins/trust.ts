/** Which code that a run folder names may be loaded. */

import { join } from "node:path";
import { dataSourceOf } from "@eoss/data";
import { models } from "@eoss/models";
import { ConfigError, type TrainConfig } from "@eoss/run";
import { cut, foreignNames, plateauRule, quoted, TRAINING_KINDS } from "@eoss/run/internal";
import { quantities } from "@eoss/sharpness";
import { absoluteModule, shownModule } from "./paths.js";

export interface TrustOptions {
  /** Packages and files named in `run.json` that may be loaded; files as seen from the current folder. */
  readonly trusted?: readonly string[] | undefined;
}

/** Of what a stranger wrote, so much is said: names, and characters of each. */
const SHOWN = 8;
const LONGEST = 200;

/** The packages and files that settings name: code beside what is built in. */
export function pluginsOf(config: TrainConfig): string[] {
  const { data, model, measure, plateau } = config;
  const named = [...measure, plateauRule(plateau).quantity];
  const foreign = [
    ...(dataSourceOf(data) === "code" ? [data] : []),
    ...(Object.hasOwn(models, model) ? [] : [model]),
    ...named.filter((name) => !Object.hasOwn(quantities, name)),
    ...TRAINING_KINDS.flatMap((kind) => foreignNames(kind, config)),
  ];
  return [...new Set(foreign)];
}

/**
 * A run folder is data, and may be a stranger's: code that it names is loaded only if the caller
 * names it too.
 *
 * @param config with absolute paths: what the run's training is about to be opened with
 * @throws ConfigError naming the code, and how to allow it
 */
export function checkTrust(
  directory: string,
  config: TrainConfig,
  { trusted = [] }: TrustOptions,
): void {
  const named = trusted.map((name) => absoluteModule(name, process.cwd()));
  const strange = pluginsOf(config).filter((name) => !named.includes(name));
  if (strange.length === 0) return;
  const shown = strange.slice(0, SHOWN).map((name) => cut(shownModule(name), LONGEST));
  const more = strange.length > SHOWN ? ` and ${strange.length - SHOWN} more` : "";
  throw new ConfigError(
    `${join(directory, "run.json")} names code that is not part of eoss: ${shown.join(", ")}${more}. It is loaded only ` +
      `if you name it as well: ${shown.map((name) => `--trust ${quoted(name)}`).join(" ")}`,
  );
}
