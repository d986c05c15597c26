import { InvalidArgumentError, Option } from "commander";
import { integerOption } from "./integerOption.js";

/** `--seeds`: how many runs with seeds of their own stand behind each number. */
export function seedsOption(): Option {
  const description =
    "runs of each, with seeds of their own: start, order of batches, what --samples takes of the data, and " +
    "batches of measurements; numbers are then means over them, with intervals between them (default: 1)";
  return new Option("--seeds <N>", description).argParser(positive);
}

function positive(text: string): number {
  const count = integerOption(text);
  if (count > 0) return count;
  throw new InvalidArgumentError("allowed: an integer from 1 up");
}
