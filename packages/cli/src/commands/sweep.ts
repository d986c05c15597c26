import { basename, extname } from "node:path";
import {
  keepSpec,
  makeSweep,
  parseShard,
  planSweep,
  type Sweep,
  type SweepRun,
  shardOf,
  submitSweep,
} from "@eoss/experiments";
import { ConfigError } from "@eoss/run";
import { Command, Option } from "commander";
import { integerOption } from "../ui/integerOption.js";
import { interruptSignal } from "../ui/interrupt.js";
import { type Manual, manual } from "../ui/manual.js";
import { print } from "../ui/print.js";
import { acceptOption } from "../ui/trustOption.js";
import { sweepCancelCommand } from "./sweepCancel.js";
import { sweepCollectCommand } from "./sweepCollect.js";
import { exitCodeOfSweep, madeText, withSweepProgress } from "./sweepOutput.js";
import { printPlan, program } from "./sweepPlan.js";
import { sweepStatusCommand } from "./sweepStatus.js";
import { sweepTaskCommand } from "./sweepTask.js";

const PAGE: Manual = {
  examples: [
    "eoss sweep my-sweep.yaml --dry-run",
    "eoss sweep my-sweep.yaml --workers 4",
    "eoss sweep my-sweep.yaml --shard 2/3        (on the second of three machines)",
    "eoss sweep my-sweep.yaml --executor slurm   (a job array)",
    "eoss sweep status sweeps/my-sweep",
    "eoss sweep collect sweeps/my-sweep",
  ],
  exits: ["interrupted"],
  files: {
    SPEC:
      "base: settings that all runs have; grid: lists of values to cross; list: variants by name, " +
      "crossed with the grid; slurm: what the cluster is asked for",
    "DIR/runs/NAME/": "the runs",
  },
  seeAlso: ["sweep status", "sweep collect", "compare", "train"],
};

interface Flags {
  readonly out?: string;
  readonly executor: "local" | "slurm";
  readonly workers?: number;
  readonly shard?: string;
  readonly dryRun?: boolean;
  readonly acceptChanges?: boolean;
  readonly json?: boolean;
}

/** `eoss sweep`: many runs from one specification. */
export function sweepCommand(): Command {
  const command = manual(new Command("sweep"), PAGE)
    .description(
      "Makes the runs of a grid or list of settings, in processes here or as a job array of a Slurm " +
        "cluster. The same command goes on with what was interrupted or failed, and repeats nothing. " +
        "Several processes may make the same sweep at once.",
    )
    .argument("<SPEC>", "specification, a YAML or JSON file")
    .option("--out <DIR>", "folder of the sweep (default: sweeps/ and the name of the file)")
    .addOption(
      new Option("--executor <NAME>", "who makes the runs")
        .choices(["local", "slurm"])
        .default("local"),
    )
    .option(
      "--workers <N>",
      "runs at a time, each in a process (default: as many as cores and memory hold)",
      integerOption,
    )
    .option("--shard <I/K>", "make the I-th of K parts only")
    .addOption(acceptOption())
    .option("--dry-run", "say what would be made, and stop")
    .option("--json", "print one JSON object on stdout and nothing else there")
    .enablePositionalOptions()
    .action(async (spec: string, flags: Flags) => {
      const out = flags.out ?? `sweeps/${basename(spec, extname(spec))}`;
      const sweep = planSweep(spec, out);
      const runs = flags.shard ? shardOf(sweep.runs, parseShard(flags.shard)) : sweep.runs;
      if (flags.executor === "slurm") checkSlurmFlags(flags);
      if (flags.dryRun) return printPlan(sweep, runs, flags);
      keepSpec(spec, out);
      if (flags.executor === "slurm") await submit(sweep, flags);
      else await make(sweep, runs, flags);
    });
  const parts = [
    sweepStatusCommand(),
    sweepCancelCommand(),
    sweepCollectCommand(),
    sweepTaskCommand(),
  ];
  for (const part of parts)
    command.addCommand(part.exitOverride(), { hidden: part.name() === "task" });
  return command;
}

/** All runs are submitted, and the specification says how many a task makes at a time. */
function checkSlurmFlags({ workers, shard }: Flags): void {
  const wrong = workers !== undefined ? "--workers" : shard !== undefined ? "--shard" : undefined;
  if (wrong === undefined) return;
  throw new ConfigError(
    `${wrong} is for --executor local; the slurm section says cpus, runsPerTask and tasksAtOnce`,
  );
}

async function make(
  sweep: Sweep,
  runs: readonly SweepRun[],
  { workers, json, acceptChanges }: Flags,
) {
  const began = performance.now();
  const made = await withSweepProgress((hooks) =>
    makeSweep(sweep, {
      runs,
      ...(workers !== undefined && { workers: Math.max(1, workers) }),
      acceptChanges,
      signal: interruptSignal(),
      ...hooks,
    }),
  );
  const seconds = (performance.now() - began) / 1000;
  print(json ? JSON.stringify({ ...made, seconds }) : madeText(made));
  process.exitCode = exitCodeOfSweep(made);
}

async function submit(sweep: Sweep, { json, acceptChanges }: Flags): Promise<void> {
  const submitted = await submitSweep(sweep, { program, acceptChanges });
  if (json) {
    print(JSON.stringify(submitted));
    return;
  }
  const { directory, job, tasks, runs, live, over } = submitted;
  const rest = `${over} runs are over, ${live} in tasks submitted before`;
  const text =
    job === null
      ? `nothing to submit: ${rest}`
      : `job ${job}: ${runs} runs in ${tasks} tasks; ${rest}`;
  print(`${text}\nlook at it with: eoss sweep status ${directory}`);
}
