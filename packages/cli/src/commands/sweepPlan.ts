import {
  isEnded,
  planSubmission,
  poolSize,
  type Sweep,
  type SweepRun,
  stateOf,
} from "@eoss/experiments";
import type { JobFlags } from "../ui/jobsOption.js";
import { print } from "../ui/print.js";
import { table } from "../ui/table.js";

/** The words that call this program again. */
export const program: readonly string[] = [process.execPath, process.argv[1]!];

interface PlanFlags extends JobFlags {
  readonly executor: "local" | "slurm";
  readonly json?: boolean;
}

/** What a sweep would do: its runs and where they stand, and how they would be made. */
export function printPlan(sweep: Sweep, runs: readonly SweepRun[], flags: PlanFlags): void {
  const states = runs.map((run) => ({ run, ...stateOf(run) }));
  const open = states.filter((one) => !isEnded(one));
  const plan =
    flags.executor === "slurm" && open.length > 0
      ? planSubmission(
          sweep,
          open.map(({ run }) => run),
          1,
          { program },
        )
      : undefined;
  const workers = flags.jobs ?? poolSize(open.length, sweep.memory);
  if (flags.json) {
    const listed = states.map(({ run: { name, out, config }, state }) => ({
      name,
      directory: out,
      state,
      steps: config.steps,
    }));
    print(JSON.stringify({ runs: listed, ...(plan ?? { workers }) }));
    return;
  }
  const rows = states.map(({ run: { out, config }, state }) => [out, String(config.steps), state]);
  const how = plan ? `${plan.submission.tasks.length} tasks` : `${workers} at a time`;
  print(table(["run", "steps", "state"], rows));
  print(`\n${open.length} of ${runs.length} runs to make, ${how}`);
  if (plan) print(`\n${plan.script}`);
}
