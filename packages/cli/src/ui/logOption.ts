import { Option } from "commander";

/** What `logOption` gives a command. */
export interface LogFlags {
  readonly log?: "tensorboard";
}

/** `--log`: the program that shows the numbers of a run while it is made. */
export function logOption(): Option {
  return new Option(
    "--log <PROGRAM>",
    "also write the numbers of each step into files of this program, in the run folder, while the run " +
      "goes on (view them: tensorboard --logdir runs)",
  ).choices(["tensorboard"]);
}

/** The files of `--log` in a manual. @param run the folder of a run */
export function logFiles(run = "DIR"): Readonly<Record<string, string>> {
  return {
    [`${run}/events.out.tfevents.*`]: "with --log: for TensorBoard, named as by eoss export",
  };
}
