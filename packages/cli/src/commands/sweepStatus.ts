import { type SweepRunStatus, type SweepStatus, sweepStatus } from "@eoss/experiments";
import { Command } from "commander";
import { type Manual, manual } from "../ui/manual.js";
import { print } from "../ui/print.js";
import { table } from "../ui/table.js";

const PAGE: Manual = {
  examples: ["eoss sweep status sweeps/my-sweep", "eoss sweep status sweeps/my-sweep --all --json"],
  seeAlso: ["sweep", "sweep collect", "watch"],
};

/** `eoss sweep status`: where the runs stand. */
export function sweepStatusCommand(): Command {
  return manual(new Command("status"), PAGE)
    .summary("show the state of the runs of a sweep")
    .description(
      "Shows the state of each run of a sweep, from the run folders and from Slurm if it is used.",
    )
    .argument("<DIR>", "folder of the sweep")
    .option("--all", "also list runs that have ended")
    .option("--json", "print only one JSON object on stdout")
    .action(async (directory: string, flags: { all?: boolean; json?: boolean }) => {
      const status = await sweepStatus(directory);
      print(flags.json ? JSON.stringify(status) : statusText(status, flags.all ?? false));
    });
}

function statusText({ runs, counts, slurm }: SweepStatus, all: boolean): string {
  const listed = runs.filter(({ state }) => all || state !== "done");
  const withTasks = listed.some(({ task }) => task !== undefined);
  const columns = COLUMNS.filter(({ title }) => title !== "task" || withTasks);
  const parts = Object.entries(counts).map(([state, count]) => `${count} ${state}`);
  return [
    ...(listed.length > 0
      ? [
          table(
            columns.map(({ title }) => title),
            listed.map((run) => columns.map(({ text }) => text(run))),
            columns.map(({ align }) => align),
          ),
          "",
        ]
      : []),
    `${runs.length} ${runs.length === 1 ? "run" : "runs"}: ${parts.join(", ")}`,
    ...(slurm === undefined ? [] : [`Slurm could not be asked: ${slurm}`]),
  ].join("\n");
}

interface Column {
  readonly title: string;
  readonly align: "left" | "right";
  readonly text: (run: SweepRunStatus) => string;
}

const COLUMNS: readonly Column[] = [
  { title: "run", align: "left", text: ({ name }) => name },
  { title: "state", align: "left", text: ({ state }) => state },
  {
    title: "step",
    align: "right",
    text: ({ step, steps }) => (step === null ? "" : `${step}/${steps}`),
  },
  { title: "task", align: "left", text: ({ task = "" }) => task },
  { title: "reason", align: "left", text: ({ reason }) => reason },
];
