import { InvalidArgumentError } from "commander";

/** The value of an option that is an integer from 0 up. */
export function integerOption(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new InvalidArgumentError("allowed: an integer from 0 up");
}
