import type { Command } from "commander";

/** A line in the list of commands. What stands behind it is loaded when it is called. */
export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<Command>;
}

/** The commands in the order of the help text. */
export const commands: readonly CommandEntry[] = [
  {
    name: "demo",
    summary: "three batch sizes on embedded digits, one threshold",
    load: async () => (await import("./commands/demo.js")).demoCommand(),
  },
  {
    name: "train",
    summary: "train a network and measure its curvature on the way",
    load: async () => (await import("./commands/train.js")).trainCommand(),
  },
  {
    name: "resume",
    summary: "resume a run, however it ended",
    load: async () => (await import("./commands/resume.js")).resumeCommand(),
  },
  {
    name: "fork",
    summary: "start a changed copy of a run at one of its steps",
    load: async () => (await import("./commands/fork.js")).forkCommand(),
  },
  {
    name: "measure",
    summary: "measure a run at one of its steps, afterwards",
    load: async () => (await import("./commands/measure.js")).measureCommand(),
  },
  {
    name: "static",
    summary: "sharpness against the batch size, at one step",
    load: async () => (await import("./commands/static.js")).staticCommand(),
  },
  {
    name: "watch",
    summary: "follow a run of another process while it trains",
    load: async () => (await import("./commands/watch.js")).watchCommand(),
  },
  {
    name: "report",
    summary: "write an HTML report of one run or of several",
    load: async () => (await import("./commands/report.js")).reportCommand(),
  },
  {
    name: "table",
    summary: "print the results of runs, one row per run",
    load: async () => (await import("./commands/table.js")).tableCommand(),
  },
  {
    name: "query",
    summary: "query the records of many runs in SQL",
    load: async () => (await import("./commands/query.js")).queryCommand(),
  },
  {
    name: "repair",
    summary: "repair a damaged run folder so that it can be resumed",
    load: async () => (await import("./commands/repair.js")).repairCommand(),
  },
  {
    name: "export",
    summary: "write measurements for TensorBoard, Parquet and others",
    load: async () => (await import("./commands/export.js")).exportCommand(),
  },
  {
    name: "compare",
    summary: "train variants from a common start, and compare them",
    load: async () => (await import("./commands/compare.js")).compareCommand(),
  },
  {
    name: "sweep",
    summary: "train many runs from one file, here or on a cluster",
    load: async () => (await import("./commands/sweep.js")).sweepCommand(),
  },
  {
    name: "reproduce",
    summary: "reproduce figures of the paper and check its claims",
    load: async () => (await import("./commands/reproduce.js")).reproduceCommand(),
  },
  {
    name: "import",
    summary: "start a run from weights of another program",
    load: async () => (await import("./commands/import.js")).importCommand(),
  },
  {
    name: "init",
    summary: "write a program in PyTorch at the paper's settings",
    load: async () => (await import("./commands/init.js")).initCommand(),
  },
  {
    name: "quantities",
    summary: "describe what can be measured",
    load: async () => (await import("./commands/quantities.js")).quantitiesCommand(),
  },
  {
    name: "plugins",
    summary: "list what settings can name, and describe your own",
    load: async () => (await import("./commands/plugins.js")).pluginsCommand(),
  },
  {
    name: "verify",
    summary: "check the derivatives of a network numerically",
    load: async () => (await import("./commands/verify.js")).verifyCommand(),
  },
  {
    name: "doctor",
    summary: "check this machine: backends, speed, correctness",
    load: async () => (await import("./commands/doctor.js")).doctorCommand(),
  },
  {
    name: "completion",
    summary: "print a completion script for a shell",
    load: async () => (await import("./commands/completion.js")).completionCommand(),
  },
  {
    name: "data",
    summary: "download and check the files of a data set",
    load: async () => (await import("./commands/data.js")).dataCommand(),
  },
];
