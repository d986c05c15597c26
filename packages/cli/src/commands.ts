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
    summary: "go on with a run after any end",
    load: async () => (await import("./commands/resume.js")).resumeCommand(),
  },
  {
    name: "fork",
    summary: "start a twin of a run at one of its steps",
    load: async () => (await import("./commands/fork.js")).forkCommand(),
  },
  {
    name: "measure",
    summary: "measure a run at one of its steps, after the fact",
    load: async () => (await import("./commands/measure.js")).measureCommand(),
  },
  {
    name: "static",
    summary: "sharpness against the batch size, at one step",
    load: async () => (await import("./commands/static.js")).staticCommand(),
  },
  {
    name: "watch",
    summary: "show a run that another process is making",
    load: async () => (await import("./commands/watch.js")).watchCommand(),
  },
  {
    name: "report",
    summary: "write an HTML report of one run or of several",
    load: async () => (await import("./commands/report.js")).reportCommand(),
  },
  {
    name: "table",
    summary: "print what runs show, one row a run",
    load: async () => (await import("./commands/table.js")).tableCommand(),
  },
  {
    name: "query",
    summary: "ask the records of many runs a question in SQL",
    load: async () => (await import("./commands/query.js")).queryCommand(),
  },
  {
    name: "repair",
    summary: "make a damaged run folder one that can be resumed",
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
    summary: "make many runs from one file, here or on a cluster",
    load: async () => (await import("./commands/sweep.js")).sweepCommand(),
  },
  {
    name: "reproduce",
    summary: "make figures of the paper, and check its claims",
    load: async () => (await import("./commands/reproduce.js")).reproduceCommand(),
  },
  {
    name: "import",
    summary: "begin a run with weights from elsewhere",
    load: async () => (await import("./commands/import.js")).importCommand(),
  },
  {
    name: "quantities",
    summary: "describe what can be measured",
    load: async () => (await import("./commands/quantities.js")).quantitiesCommand(),
  },
  {
    name: "verify",
    summary: "check derivatives of a network against differences",
    load: async () => (await import("./commands/verify.js")).verifyCommand(),
  },
  {
    name: "doctor",
    summary: "check this machine: backends, speed, right numbers",
    load: async () => (await import("./commands/doctor.js")).doctorCommand(),
  },
  {
    name: "completion",
    summary: "print a script by which a shell completes eoss",
    load: async () => (await import("./commands/completion.js")).completionCommand(),
  },
  {
    name: "data",
    summary: "fetch and check the files of a data set",
    load: async () => (await import("./commands/data.js")).dataCommand(),
  },
];
