import { EossError } from "@eoss/rng";
import { ConfigError } from "@eoss/run";

/**
 * What several pieces of work give, all of them waited for: whoever mistyped three names wants to be told of
 * three.
 *
 * @throws the only error there is, or the first that does not explain itself; else a ConfigError with all
 */
export async function withAllFaults<T extends readonly unknown[]>(
  work: {
    readonly [K in keyof T]: Promise<T[K]>;
  },
): Promise<T> {
  const ends = await Promise.allSettled(work);
  const errors = ends.flatMap((end) => (end.status === "rejected" ? [end.reason as unknown] : []));
  const faults = [...new Set(errors)];
  const unexplained = faults.find((error) => !(error instanceof EossError));
  if (unexplained !== undefined || faults.length === 1) throw unexplained ?? faults[0];
  if (faults.length > 1) {
    throw new ConfigError(faults.map((error) => (error as EossError).message).join("\n"));
  }
  return ends.map((end) => (end as PromiseFulfilledResult<unknown>).value) as unknown as T;
}
