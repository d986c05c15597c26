import { readdirSync } from "node:fs";
import { join } from "node:path";
import { makeFolder, writeWhole } from "@eoss/lab";
import { readFile } from "@eoss/lab/internal";
import { ConfigError } from "@eoss/run";
import { issueText } from "@eoss/run/internal";
import { z } from "zod";

/** A job array that was, or is being, submitted: `slurm/N.json` in the folder of the sweep. */
export interface Submission {
  readonly number: number;
  /** Under which Slurm knows it. */
  readonly jobName: string;
  /** Slurm's number; null while it is being submitted. */
  readonly job: string | null;
  /** The names of the runs of each task. */
  readonly tasks: ReadonlyArray<readonly string[]>;
}

/** They are named to Slurm's programs: a job's number is one. */
const submissionSchema: z.ZodType<Submission> = z.object({
  number: z.int().nonnegative(),
  jobName: z.string(),
  job: z.string().regex(/^\d+$/, "expected the number of a job").nullable(),
  tasks: z.array(z.array(z.string())),
});

/** In their order. */
export function readSubmissions(directory: string): Submission[] {
  let names: string[];
  try {
    names = readdirSync(slurmFolder(directory));
  } catch {
    return [];
  }
  const numbers = names.flatMap((name) => /^(\d+)\.json$/.exec(name)?.[1] ?? []).map(Number);
  return numbers.sort((a, b) => a - b).map((number) => readSubmission(directory, number));
}

/** @throws ConfigError if there is none of this number */
export function readSubmission(directory: string, number: number): Submission {
  const file = fileOf(directory, number);
  let content: unknown;
  try {
    content = JSON.parse(readFile(file, directory).toString());
  } catch (error) {
    throw new ConfigError(`${file} cannot be read: ${(error as Error).message}`);
  }
  const result = submissionSchema.safeParse(content);
  if (result.success) return result.data;
  throw new ConfigError(`${file}: ${issueText(result.error.issues[0]!)}`);
}

export function writeSubmission(directory: string, submission: Submission): void {
  makeFolder(slurmFolder(directory), directory);
  const file = fileOf(directory, submission.number);
  writeWhole(file, `${JSON.stringify(submission, null, 2)}\n`, directory);
}

/** Where scripts, submissions and what tasks print are kept. */
export function slurmFolder(directory: string): string {
  return join(directory, "slurm");
}

function fileOf(directory: string, number: number): string {
  return join(slurmFolder(directory), `${number}.json`);
}
