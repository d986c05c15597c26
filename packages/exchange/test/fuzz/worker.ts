import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parentPort, workerData } from "node:worker_threads";
import { diceOf } from "../../../experiments/test/fuzz/mutate.js";
import { Complaint } from "../../../experiments/test/fuzz/targets.js";
import { targets } from "./targets.js";

/** What a thread is to do, and where it says which case it is at. */
export interface FuzzSetup {
  readonly seed: number;
  readonly from: number;
  readonly to: number;
  readonly root: string;
  readonly at: Int32Array;
}

/** A case that came out wrong. */
export interface Finding {
  readonly index: number;
  readonly target: string;
  readonly problem: string;
}

export type FuzzAnswer =
  | { readonly names: readonly string[] }
  | { readonly finding: Finding }
  | { readonly outcome: string }
  | { readonly done: true };

const { seed, from, to, root, at } = workerData as FuzzSetup;
const EXPLAINED = new Set(["ConfigError", "RunFolderError", "RunWriteError"]);
/** Words of errors that nobody wrote for a user. */
const FROM_THE_DEPTHS =
  /is not a function|is not iterable|not an object|cannot read|of undefined|of null|undefined|call stack|invalid (array|typed|string) |\[object|reading '/i;
const LONGEST_MESSAGE = 4000;

const prototype = Object.getOwnPropertyNames(Object.prototype).length;

tell({ names: targets.map(([name]) => name) });
for (let index = from; index < to; index++) {
  Atomics.store(at, 0, index);
  const [target, run] = targets[index % targets.length]!;
  const folder = join(root, "case");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const canary = join(root, "canary.mjs");
  writeFileSync(canary, "globalThis.loaded = true; export const x = 1;");
  const dice = diceOf(seed, index);
  let problem: string | undefined;
  let outcome = "read";
  try {
    await run(dice, { folder, canary });
  } catch (error) {
    outcome = "refused";
    problem = problemOf(error, root);
  }
  const loaded = "loaded" in globalThis;
  if (loaded) delete (globalThis as { loaded?: true }).loaded;
  const polluted = Object.getOwnPropertyNames(Object.prototype).length !== prototype;
  if (loaded) problem = "code was loaded";
  if (polluted) problem = "Object.prototype was changed";
  tell({ outcome: `${target} ${outcome}` });
  if (problem) tell({ finding: { index, target, problem } });
}
tell({ done: true });

function tell(answer: FuzzAnswer): void {
  parentPort!.postMessage(answer);
}

/** What is wrong with an error as something that a user reads. */
function problemOf(error: unknown, place: string): string | undefined {
  if (!(error instanceof Error)) return `thrown: ${String(error)}`;
  const { name, message, stack } = error;
  const explained = EXPLAINED.has(name) || error instanceof Complaint;
  if (!explained) return `no user's error: ${stack?.slice(0, 1500)}`;
  if (FROM_THE_DEPTHS.test(message.replace(/"(\\.|[^"\\])*"/g, "")))
    return `from the depths: ${message}`;
  if (!message.includes(place) && !/^[\w-]+( |:)/.test(message))
    return `names no place: ${message}`;
  if (message.length > LONGEST_MESSAGE)
    return `${message.length} characters: ${message.slice(0, 300)}`;
  return undefined;
}
