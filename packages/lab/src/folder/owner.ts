/** The process that writes a run folder, as its lock names it, and whether it is alive. */

import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { cut } from "@eoss/run/internal";
import { z } from "zod";
import { sha256 } from "./hash.js";
import { BEAT } from "./heartbeat.js";

/** Who may write a run folder, as it stands in the lock. */
const ownerSchema = z.object({
  /** Of this lock alone; absent in locks of older versions. */
  token: z.string().min(1).optional(),
  pid: z.int().positive(),
  host: z.string(),
  /** When the process started, as the system counts: a pid alone may be somebody else's by now. */
  started: z.string().nullable(),
  /** The start of the system and the PID namespace in which the pid is one; null where unknown. */
  boot: z.string().nullable().default(null),
  pids: z.string().nullable().default(null),
});

export type Owner = z.output<typeof ownerSchema>;

/** An owner that cannot be asked whether it lives is believed for so long after its last heartbeat. */
export const SILENCE = 120_000; // ms

/** A lock without an owner was cut off while it was made, now or in a crash. */
const MAKING = BEAT;

/** This process, as the owner of a lock. */
export function ownerHere(token: string): Owner {
  const { boot, pids } = place();
  return { token, pid: process.pid, host: hostname(), started: statOf("self").started, boot, pids };
}

/** The owner that the text of a lock names; undefined if it names none. */
export function parseOwner(text: string): Owner | undefined {
  try {
    return ownerSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/**
 * What tells a lock from all others, as a part of a file's name. A lock of an older version, half a one,
 * or one whose token is no plain name (a stranger's may hold a path) is told by its text.
 */
export function tokenOf(text: string): string {
  const token = parseOwner(text)?.token;
  return token !== undefined && /^[\w-]{1,64}$/.test(token) ? token : sha256(text).slice(0, 32);
}

/**
 * Whether the owner of a lock lives. A process of this system and this PID namespace is asked for by
 * its number and its start. Of all others (another machine, a container, a system without /proc)
 * only the heartbeat is known: a number says nothing there.
 *
 * @param age milliseconds since the last heartbeat, by the clock of the file system
 */
export function isAlive(owner: Owner | undefined, age: number): boolean {
  // A time in the future is one before the clock was put right.
  const silent = (limit: number) => Math.abs(age) >= limit;
  if (owner === undefined) return !silent(MAKING);
  return (isNear(owner) ? isRunning(owner) : undefined) ?? !silent(SILENCE);
}

/** What a message says of an owner that keeps a folder. */
export function ownerText(owner: Owner | undefined, age: number): string {
  if (owner === undefined) return "its lock is being created";
  const who = nameOf(owner);
  if (isNear(owner)) return who;
  const seconds = (time: number) => Math.max(0, Math.round(time / 1000));
  return (
    `${who}, last active ${seconds(age)} s ago; the folder is released after ${seconds(SILENCE)} s ` +
    "without activity"
  );
}

/** A stranger's lock may say anything: a name of a machine is short. */
export function nameOf({ pid, host }: Owner): string {
  return `pid ${pid} on ${cut(host, 100)}`;
}

/** Whether its pid means the same process here as there. */
function isNear({ boot, pids }: Owner): boolean {
  const here = place();
  return here.boot !== null && here.pids !== null && boot === here.boot && pids === here.pids;
}

/** Undefined: the system does not tell. */
function isRunning({ pid, started }: Owner): boolean | undefined {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
  }
  const stat = statOf(String(pid));
  if (stat.started === null || started === null) return undefined;
  // A zombie has ended; only its parent has not asked yet how.
  return stat.started === started && stat.state !== "Z" && stat.state !== "X";
}

/** Of Linux alone; a /proc of another namespace is none. */
function place(): Pick<Owner, "boot" | "pids"> {
  try {
    if (readlinkSync("/proc/self") !== String(process.pid)) return { boot: null, pids: null };
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    return { boot, pids: readlinkSync("/proc/self/ns/pid") };
  } catch {
    return { boot: null, pids: null };
  }
}

function statOf(pid: string): { state: string | null; started: string | null } {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name of the program, in brackets, may hold spaces; what follows it does not.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return { state: fields[0] ?? null, started: fields[19] ?? null };
  } catch {
    return { state: null, started: null };
  }
}
