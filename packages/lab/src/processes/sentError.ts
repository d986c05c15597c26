import { EossError } from "@eoss/rng";

/** An error that crosses processes or threads: it keeps its words, its name and its family, not its class. */
export interface SentError {
  readonly name: string;
  readonly message: string;
  readonly stack: string;
  /** Whether it is an `EossError`. */
  readonly explained: boolean;
}

/** What is sent of an error. */
export function sentError(error: unknown): SentError {
  const { name, message, stack = "" } = error as Error;
  return { name, message, stack, explained: error instanceof EossError };
}

/** The error that was sent. */
export function receivedError({ explained, ...error }: SentError): Error {
  return Object.assign(explained ? new EossError() : new Error(), error);
}
