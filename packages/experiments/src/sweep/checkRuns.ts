import { existsSync } from "node:fs";
import { moduleFile } from "@eoss/lab/internal";
import { models } from "@eoss/models";
import { ConfigError, planOf, type TrainConfig } from "@eoss/run";
import { cut, foreignNames } from "@eoss/run/internal";

/** Characters of a message, in which a setting may be quoted. */
const LONGEST = 600;

/**
 * What can be seen of settings before anything is made: update rule, schedules, interventions, noise and
 * batch size, and whether there is such a network.
 *
 * @param place where they stand, for messages
 * @throws ConfigError naming the run, the setting, and what is allowed
 */
export function checkRuns(runs: ReadonlyMap<string, TrainConfig>, place: string): void {
  for (const [name, config] of runs) {
    try {
      // How large a data set is may be seen when it is read only.
      planOf(withoutOwnSchedules(config), config.samples ?? Number.MAX_SAFE_INTEGER);
      checkModel(config.model);
    } catch (error) {
      const message = cut((error as Error).message, LONGEST);
      throw new ConfigError(`${place}: run ${name}: ${message}`);
    }
  }
}

/** The code of users is loaded where the run is made. */
function withoutOwnSchedules(config: TrainConfig): TrainConfig {
  const isOwn = (text: string) => foreignNames("schedule", { schedule: [text] }).length > 0;
  return { ...config, schedule: config.schedule?.filter((text) => !isOwn(text)) };
}

function checkModel(model: string): void {
  if (Object.hasOwn(models, model)) return;
  try {
    const file = moduleFile(model.replace(/#.*/, ""), process.cwd());
    if (!existsSync(file)) throw new Error(`there is no file ${file}`);
  } catch (error) {
    const builtIn = Object.keys(models).join(", ");
    throw new ConfigError(
      `model "${model}": ${(error as Error).message}; allowed: ${builtIn}, ./a-file.js or an ` +
        "installed package",
    );
  }
}
