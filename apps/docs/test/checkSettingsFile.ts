import { plannedWork, planSweep, scaleNames } from "@eoss/experiments";
import { readConfigFile } from "@eoss/lab";
import { parseTrainConfig } from "@eoss/run";

/**
 * Checks a YAML file as the command that reads it does: a recipe (`figure`) at each of its scales, a
 * sweep (`base`, `grid` or `list`), or the settings of a run.
 *
 * @throws ConfigError naming what does not fit
 */
export function checkSettingsFile(file: string): void {
  const content = readConfigFile(file);
  const out = `${file}.out`;
  if ("figure" in content) {
    const scales = Object.keys((content.scales ?? {}) as object);
    for (const scale of scaleNames.filter((name) => scales.includes(name))) {
      plannedWork(file, { scale, out, command: `eoss reproduce ${file}`, workers: 1 });
    }
  } else if ("base" in content || "grid" in content || "list" in content) planSweep(file, out);
  else parseTrainConfig(content, (key) => `${file}: ${key}`);
}
