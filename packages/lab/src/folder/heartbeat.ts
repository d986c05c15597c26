import { Worker } from "node:worker_threads";

/** How often a lock is written again. */
export const BEAT = 5_000; // ms

/**
 * What the thread does. It is text so that it runs from sources and from any bundle alike. Bytes are
 * written over themselves: the time of the file is then that of the file server, and not that of
 * this machine's clock; readers never see anything but the same bytes.
 */
const program = `
const { closeSync, constants, fsyncSync, openSync, readFileSync, writeSync } = require("node:fs");
const { parentPort, workerData } = require("node:worker_threads");
const locks = new Map();
const stop = (path) => {
  const lock = locks.get(path);
  locks.delete(path);
  if (lock) closeSync(lock.file);
};
parentPort.on("message", ({ path, text }) => {
  stop(path);
  if (text === undefined) return;
  try {
    const file = openSync(path, constants.O_RDWR | (constants.O_NOFOLLOW ?? 0));
    if (readFileSync(file, "utf8") === text) locks.set(path, { file, text });
    else closeSync(file);
  } catch {}
});
setInterval(() => {
  for (const { file, text } of locks.values()) {
    try {
      writeSync(file, text, 0);
      fsyncSync(file);
    } catch {}
  }
}, workerData);
`;

let thread: Worker | undefined;

/**
 * Shows that the owner of a lock lives, from a thread of its own: also while a product takes minutes,
 * when nothing else in the process gets a turn.
 *
 * @param text what the file holds
 * @returns a function that ends it
 */
export function beat(path: string, text: string): () => void {
  if (thread === undefined) {
    thread = new Worker(program, { eval: true, workerData: BEAT, execArgv: [], stdin: false });
    thread.unref();
    // Without it a lock is only believed for shorter.
    thread.on("error", () => {});
  }
  thread.postMessage({ path, text });
  return () => thread?.postMessage({ path });
}
