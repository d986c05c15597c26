import { strictKeys } from "@eoss/lab/internal";
import { z } from "zod";
import { isLine } from "./script.js";

const line = z.string().min(1, "expected one line").refine(isLine, "expected one line").trim();
const lines = z
  .string()
  .transform((text) => text.replaceAll("\r\n", "\n"))
  .refine((text) => isLine(text.replace(/[\n\t]/g, "")), "expected lines of text");
const count = z.int().min(1, "expected an integer from 1 up");
const word = line.regex(/^\S+$/, "expected one word");

/** Minutes, or one of Slurm's forms: MM:SS, HH:MM:SS, D-HH, D-HH:MM, D-HH:MM:SS. */
const time = z
  .union([z.int().min(1), z.string()])
  .transform(String)
  .refine((text) => /^(\d+-\d+(:\d+){0,2}|\d+(:\d+){0,2})$/.test(text), {
    error: 'expected a number of minutes, "HH:MM:SS" or "D-HH:MM:SS"',
  });

/** How a cluster is asked to make a sweep; what is left out is for the cluster to decide. */
export const slurmSchema = strictKeys({
  partition: word.optional(),
  account: word.optional(),
  /** Time limit of a task; runs that need longer go on in the next one. */
  time: time.optional(),
  /** Cores of a task, and so many runs at a time in it. */
  cpus: count.default(1),
  /** Memory of a task, as `--mem` takes it. */
  mem: word.optional(),
  /** Runs of a task, one after another where there are more than cores. */
  runsPerTask: count.default(1),
  /** Tasks at a time. */
  tasksAtOnce: count.optional(),
  /** Seconds before the time limit at which runs are told to write a checkpoint. */
  grace: count.default(60),
  /** Further options of sbatch, each as it would stand behind `#SBATCH`. */
  sbatch: z.array(line.regex(/^-/, "expected an option that begins with - or --")).default([]),
  /** Shell commands to run first, such as `module load nodejs`. */
  setup: lines.default(""),
  /** How eoss is called on the compute nodes; default: as it was called here. */
  command: line.optional(),
});

export type SlurmSettings = z.output<typeof slurmSchema>;
