import { EossError } from "@eoss/rng";

/** A setting or a path that cannot be used: the message says which, what it is, what is allowed. */
export class ConfigError extends EossError {
  override readonly name = "ConfigError";
}
