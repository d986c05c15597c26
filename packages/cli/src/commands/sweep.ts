import { basename, extname } from "node:path";
import { TensorBoardLog } from "@eoss/exchange";
import {
  keepSpec,
  makeSweep,
  parseShard,
  planSweep,
  type Sweep,
  type SweepRun,
  shardOf,
  submitSweep,
  sweepFigures,
  sweepNumbers,
} from "@eoss/experiments";
import { ConfigError } from "@eoss/run";
import { Command, Option } from "commander";
import {
  addFigures,
  FIGURE_FILES,
  type FigureFlags,
  writeAskedFigures,
} from "../ui/figuresOption.js";
import { interruptSignal } from "../ui/interrupt.js";
import { addJobs, type JobFlags } from "../ui/jobsOption.js";
import { type LogFlags, logFiles, logOption } from "../ui/logOption.js";
import { type Manual, manual } from "../ui/manual.js";
import { print } from "../ui/print.js";
import { seedsOption } from "../ui/seedsOption.js";
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
    "eoss sweep my-sweep.yaml --jobs 4",
    "eoss sweep my-sweep.yaml --seeds 5",
    "eoss sweep my-sweep.yaml --shard 2/3        (on the second of three machines)",
    "eoss sweep my-sweep.yaml --executor slurm   (a job array)",
    "eoss sweep status sweeps/my-sweep",
    "eoss sweep collect sweeps/my-sweep",
  ],
  exits: ["interrupted"],
  files: {
    SPEC:
      "base: settings that all runs have; grid: lists of values to cross; list: variants by name, " +
      "crossed with the grid; seeds: runs of each; slurm: resources to request from the cluster",
    "DIR/runs/NAME/": "the runs",
    ...logFiles("DIR/runs/NAME"),
    ...FIGURE_FILES,
  },
  seeAlso: ["sweep status", "sweep collect", "compare", "train"],
};

interface Flags extends JobFlags, FigureFlags, LogFlags {
  readonly out?: string;
  readonly executor: "local" | "slurm";
  readonly shard?: string;
  readonly seeds?: number;
  readonly dryRun?: boolean;
  readonly acceptChanges?: boolean;
  readonly json?: boolean;
}

/** `eoss sweep`: many runs from one specification. */
export function sweepCommand(): Command {
  const command = manual(new Command("sweep"), PAGE)
    .description(
      "Trains the runs of a grid or list of settings, in processes here or as a job array on a Slurm " +
        "cluster. After an interruption or failure the same command continues and repeats nothing. " +
        "Several processes may work on the same sweep at once.",
    )
    .argument("<SPEC>", "specification, a YAML or JSON file")
    .option("--out <DIR>", "folder of the sweep (default: sweeps/NAME for the file NAME.yaml)")
    .addOption(
      new Option("--executor <NAME>", "where the runs are made")
        .choices(["local", "slurm"])
        .default("local"),
    )
    .addOption(seedsOption())
    .option("--shard <I/K>", "make the I-th of K parts only")
    .addOption(logOption())
    .addOption(acceptOption())
    .option("--dry-run", "list the runs to make, and stop")
    .option("--json", "print only one JSON object on stdout")
    .enablePositionalOptions()
    .action(async (spec: string, flags: Flags) => {
      const out = flags.out ?? `sweeps/${basename(spec, extname(spec))}`;
      const sweep = planSweep(spec, out, flags.seeds);
      const runs = flags.shard ? shardOf(sweep.runs, parseShard(flags.shard)) : sweep.runs;
      if (flags.executor === "slurm") checkSlurmFlags(flags);
      if (flags.dryRun) return printPlan(sweep, runs, flags);
      keepSpec(spec, out, flags.seeds);
      if (flags.executor === "slurm") await submit(sweep, flags);
      else await make(sweep, runs, flags);
    });
  addJobs(
    command,
    "runs at a time, each in a process (default: as many as cores and memory allow)",
  );
  addFigures(command);
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
function checkSlurmFlags({ jobs, shard, figures, log }: Flags): void {
  if (log !== undefined) {
    throw new ConfigError(
      "--log works with --executor local only; on Slurm: eoss export DIR --to tensorboard, once the runs have ended",
    );
  }
  if (figures !== undefined) {
    throw new ConfigError(
      "--figures works with --executor local only; on Slurm: eoss report DIR --figures, once the runs have ended",
    );
  }
  const wrong = jobs !== undefined ? "--jobs" : shard !== undefined ? "--shard" : "";
  if (wrong === "") return;
  throw new ConfigError(
    `${wrong} works with --executor local only; on Slurm set cpus, runsPerTask and tasksAtOnce in the slurm section`,
  );
}

async function make(sweep: Sweep, runs: readonly SweepRun[], flags: Flags) {
  const { jobs, json, log, acceptChanges } = flags;
  const began = performance.now();
  const made = await withSweepProgress((hooks) =>
    makeSweep(sweep, {
      runs,
      jobs,
      acceptChanges,
      ...(log && { logOf: ({ out }) => new TensorBoardLog(out, hooks.onWarning!) }),
      signal: interruptSignal(),
      ...hooks,
    }),
  );
  const seconds = (performance.now() - began) / 1000;
  if (!made.interrupted) {
    await writeAskedFigures((width) => sweepFigures(sweepNumbers(sweep.directory))(width), flags);
  }
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
  const rest = `${over} runs have ended, ${live} are in tasks submitted before`;
  const text =
    job === null
      ? `nothing to submit: ${rest}`
      : `job ${job}: ${runs} runs in ${tasks} tasks; ${rest}`;
  print(`${text}\nfollow it with: eoss sweep status ${directory}`);
}
