import { Option } from "commander";
import { repeatableOption } from "./repeatable.js";

/** `--trust`: names code that a run folder names, so that it is loaded. */
export function trustOption(): Option {
  return repeatableOption(
    "--trust <NAME>",
    "load this package or file, which run.json names as a network, quantity or data set; can be repeated",
  );
}

/** `--accept-changes`: goes on though what a run is made of is not what it was. */
export function acceptOption(): Option {
  return new Option(
    "--accept-changes",
    "continue even if data, code, settings or versions have changed since the run began",
  );
}
