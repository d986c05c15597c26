import { coresHere } from "@eoss/lab";

/**
 * Runs at a time: one for each core, as far as the memory that is free holds what each may take, and
 * not more than there are. Limits of containers and batch systems on memory count.
 *
 * @param memory bytes that one run takes at most
 */
export function poolSize(
  runs: number,
  memory: number,
  cores = coresHere(),
  free = process.availableMemory(),
): number {
  return Math.max(1, Math.min(runs, cores, Math.floor(free / memory)));
}
