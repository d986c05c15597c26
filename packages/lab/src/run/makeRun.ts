import type { RunSummary } from "@eoss/report";
import { checkFolder } from "../folder/durable.js";
import { holdsRun } from "../folder/store.js";
import { absolutePaths } from "../plugins/paths.js";
import { pluginsOf } from "../plugins/trust.js";
import type { Job } from "../processes/pool.js";
import { fork } from "./fork.js";
import type { ReplayOptions } from "./replay.js";
import { resume } from "./resume.js";
import { train } from "./train.js";

/**
 * Trains or forks a run, or goes on with what its folder holds of it.
 *
 * @throws ConfigError, RunFolderError, RunWriteError as `train`, `fork` and `resume`
 */
export async function makeRun(job: Job, hooks: ReplayOptions = {}): Promise<RunSummary> {
  const { out, within, fork: twin, acceptChanges = false } = job;
  const config = absolutePaths(job.config, process.cwd());
  if (within !== undefined) checkFolder(out, within);
  // Whoever made the job named what it names.
  const options = { ...hooks, trusted: pluginsOf(config), acceptChanges };
  if (holdsRun(out)) {
    const dataDir = config["data-dir"];
    return resume(out, dataDir === undefined ? {} : { "data-dir": dataDir }, options);
  }
  if (twin === undefined) return train(config, { out, ...options });
  return fork(twin.parent, twin.changes, { at: twin.at, out, ...options });
}
