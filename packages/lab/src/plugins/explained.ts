/** What is said of an error in code of a user: whose it is, what it threw, and where. */

import { cut } from "@eoss/run/internal";

/** Errors that say themselves what went wrong, and where the code is not to blame. */
const OWN = new Set([
  "AbortError",
  "CapturedParameterError",
  "ConfigError",
  "DatasetError",
  "PluginTimeError",
  "RunFolderError",
  "RunWriteError",
  "UnverifiedOpError",
  "ZodError",
]);

const explains = (name: string) => OWN.has(name) || /ContractError$/.test(name);

const LONGEST = 500;

/**
 * Code of a user whose errors are explained.
 *
 * @param what the code in messages: "the quantity ./mine.js"
 * @param member its function: "sample"
 * @param source the file or package, as it was named
 * @param Failure the class of the error that is thrown in place of the code's own
 */
export function explained<A extends unknown[], R>(
  what: string,
  member: string,
  source: string,
  Failure: new (message: string, options?: ErrorOptions) => Error,
  code: (...args: A) => R,
): (...args: A) => R {
  const explain = (error: unknown): never => {
    if (error instanceof Error && explains(error.name)) throw error;
    const place = placeIn(error, source);
    const at = place === undefined ? "" : ` (${place})`;
    const text = error instanceof Error ? textOf(error, place) : `it threw ${String(error)}`;
    throw new Failure(`${what} failed in ${member}: ${cut(oneLine(text), LONGEST)}${at}`, {
      cause: error,
    });
  };
  return (...args) => {
    try {
      const result = code(...args);
      return result instanceof Promise
        ? (result.then((value) => read(value)).catch(explain) as R)
        : read(result);
    } catch (error) {
      return explain(error);
    }
  };
}

/** A result whose getters have run: what they throw is the code's too. */
function read<T>(result: T, depth = 2): T {
  if (typeof result !== "object" || result === null || depth === 0) return result;
  if (Object.getPrototypeOf(result) !== Object.prototype) return result;
  for (const member of Object.values(result)) read(member, depth - 1);
  return result;
}

/** What none of the user's lines has thrown is about what was given to them. */
function textOf({ name, message }: Error, place: string | undefined): string {
  // How tfjs says it.
  if (/reading 'backend'|^Tensor is disposed/.test(message))
    return "a tensor that was disposed is used";
  return place === undefined && name === "RangeError" ? message : `${name}: ${message}`;
}

/** The first line of a user's file in a stack: `mine.js:12`. */
function placeIn(error: unknown, source: string): string | undefined {
  const name = source.replace(/#.*$/, "").replace(/^.*\//, "");
  const stack = (error as Error | undefined)?.stack ?? "";
  const frames = stack.split("\n").filter((line) => line.trim().startsWith("at "));
  return frames
    .find((line) => line.includes(name))
    ?.match(/([^/\\():\s]+:\d+)(?::\d+)?\)?\s*$/)?.[1]
    ?.replace(/\?[^:]*/, "");
}

/** A terminal takes control characters for orders. */
function oneLine(text: string): string {
  return text.replace(/\p{Cc}+/gu, " ");
}
