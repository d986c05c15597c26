import { Worker } from "node:worker_threads";
import { EossError } from "@eoss/rng";
import { secondsOf } from "@eoss/run/internal";

/** Code of a user did not come to an end in its time. */
class PluginTimeError extends EossError {
  override readonly name = "PluginTimeError";
}

/** Where the settings say nothing. */
export const USUAL_LIMIT = "30m";

/** Last words of a process that its watchdog ends begin so. */
export const GIVEN_UP = "given up: ";

const LOOK = 200; // ms
/** Longer pauses between two looks are no time of the code: the whole process was stopped. */
const LONGEST = 5_000; // ms
/** So long after its time, code that gives its own thread no turn is ended with the process. */
const GRACE = 2_000; // ms

/**
 * What the watchdog does, in a thread of its own: it measures how long the call that `state` tells of
 * has lasted. What waits is given up by its own thread, which is told so. What computes without end
 * lets nothing in its thread get a turn: the process is ended, as by a kill, which a run survives.
 *
 * It is text so that it runs from sources and from any bundle alike.
 */
const program = `
const { writeSync } = require("node:fs");
const { parentPort, workerData: { state, LOOK, LONGEST, GRACE, GIVEN_UP } } = require("node:worker_threads");
const texts = new Map();
let number = 0, spent = 0, told = false, last = performance.now();
parentPort.on("message", ([number, text]) => texts.set(number, text));
setInterval(() => {
  const now = performance.now();
  const passed = Math.min(now - last, LONGEST);
  last = now;
  const current = Atomics.load(state, 0);
  if (current !== number) {
    number = current;
    spent = 0;
    told = false;
    return;
  }
  if (number === 0) return;
  spent += passed;
  const limit = Atomics.load(state, 1);
  if (spent > limit && !told) {
    told = true;
    parentPort.postMessage(number);
  }
  if (spent <= limit + GRACE) return;
  writeSync(2, "\\n" + GIVEN_UP + texts.get(Atomics.load(state, 2)) + "\\n");
  process.kill(process.pid, "SIGKILL");
}, LOOK);
`;

interface Call {
  readonly number: number;
  readonly of: Limited;
  giveUp?: (error: PluginTimeError) => void;
}

/** Code of a user with its limit: what is told of it, and its number with the watchdog. */
interface Limited {
  readonly number: number;
  readonly text: string;
  readonly limit: number; // ms
}

/** [0]: the number of the call that is watched, 0 without; [1]: its limit in ms; [2]: whose call it is. */
const state = new Int32Array(new SharedArrayBuffer(3 * Int32Array.BYTES_PER_ELEMENT));
/** Calls under way, the oldest first: that one is watched. */
const calls: Call[] = [];
let count = 0;
let codes = 0;
let thread: Worker | undefined;

/**
 * Code of a user with a limit to the time that each call of it may take. A call that only waits is
 * rejected then; one that computes without end ends the process, after a message on stderr.
 *
 * @param what the code in messages: "the quantity ./mine.js"
 * @param limit as `--plugin-limit` has it: seconds, or a text such as 30m
 * @param advice what else the message says
 * @throws PluginTimeError, beside what the code throws
 */
export function limited<A extends unknown[], R>(
  what: string,
  limit: number | string,
  code: (...args: A) => R,
  advice = "",
): (...args: A) => R {
  const of: Limited = {
    number: ++codes,
    text: `${printable(what)} did not come to an end within ${timeText(limit)}${advice}`,
    limit: Math.min(1000 * secondsOf(limit), 2 ** 31 - 1 - GRACE),
  };
  watchdog().postMessage([of.number, of.text]);
  return (...args) => {
    const call: Call = { number: (count = (count % (2 ** 31 - 2)) + 1), of };
    calls.push(call);
    if (calls.length === 1) watch();
    let result: R;
    try {
      result = code(...args);
    } catch (error) {
      leave(call);
      throw error;
    }
    if (!isPromise(result)) {
      leave(call);
      return result;
    }
    const late = new Promise<never>((_, reject) => {
      call.giveUp = reject;
    });
    return Promise.race([result, late]).finally(() => leave(call)) as R;
  };
}

function leave(call: Call): void {
  calls.splice(calls.indexOf(call), 1);
  watch();
}

/** Lets the watchdog look at the oldest call. */
function watch(): void {
  const [oldest] = calls;
  if (oldest?.number === Atomics.load(state, 0)) return;
  Atomics.store(state, 0, 0);
  if (oldest === undefined) return;
  Atomics.store(state, 1, oldest.of.limit);
  Atomics.store(state, 2, oldest.of.number);
  Atomics.store(state, 0, oldest.number);
}

function watchdog(): Worker {
  if (thread === undefined) {
    const workerData = { state, LOOK, LONGEST, GRACE, GIVEN_UP };
    thread = new Worker(program, { eval: true, workerData, execArgv: [], stdin: false });
    thread.on("error", () => {});
    thread.on("message", (number: number) => {
      const call = calls.find((one) => one.number === number);
      call?.giveUp?.(new PluginTimeError(call.of.text));
    });
    // Nothing can settle any more where the watchdog alone is left. After the listeners, which hold it.
    thread.unref();
  }
  return thread;
}

/** A promise of any library. */
function isPromise(value: unknown): boolean {
  return typeof (value as { then?: unknown } | null | undefined)?.then === "function";
}

function timeText(limit: number | string): string {
  return typeof limit === "number" ? `${limit} s` : limit;
}

/** A terminal takes control characters for orders. */
function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, "?");
}
