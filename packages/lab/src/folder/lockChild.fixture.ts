import { closeSync, openSync, rmSync } from "node:fs";
import { join } from "node:path";
import { RunLock } from "./lock.js";

// A process that takes locks as it is told, for the tests of locks.

/** What to do: take the lock of a folder at a moment, keep it for a while, and give it back or not. */
export interface Order {
  readonly directory: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly keep: number;
  readonly release: boolean;
}

/** `overlap`: another process had the folder at the same time. */
export type Answer = "owner" | "refused" | "overlap" | "lost" | string;

function busyUntil(time: number): void {
  while (Date.now() < time) {
    // Nothing else gets a turn, as in a long product.
  }
}

function obey({ directory, at, keep, release }: Order): Answer {
  busyUntil(at);
  let lock: RunLock;
  try {
    lock = RunLock.acquire(directory);
  } catch (error) {
    const { message } = error as Error;
    return message.includes("being written by another process") ? "refused" : message;
  }
  const inside = join(directory, "inside");
  try {
    closeSync(openSync(inside, "wx"));
  } catch {
    return "overlap";
  }
  if (process.argv[2] === "loud") process.send?.("inside");
  busyUntil(Date.now() + keep);
  try {
    lock.check();
  } catch {
    return "lost";
  }
  rmSync(inside);
  if (release) lock.release();
  return "owner";
}

process.on("message", (order: Order) => process.send?.(obey(order)));
process.on("disconnect", () => process.exit());
