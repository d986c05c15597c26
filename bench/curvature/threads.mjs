/** Threads that each hold a network of the work folder: units side by side, or parts of one product. */
import { once } from "node:events";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { startBackend } from "./backend.mjs";
import { openNetwork } from "./network.mjs";

/** @returns threads that have started; `do` has one of them call a method of its network */
export async function openThreads(count, setup) {
  const threads = Array.from({ length: count }, () => {
    const worker = new Worker(new URL(import.meta.url), { workerData: setup });
    const answers = new Map();
    let calls = 0;
    worker.on("message", ({ call, result }) => {
      answers.get(call)?.(result);
      answers.delete(call);
    });
    worker.on("error", (error) => {
      throw error;
    });
    return {
      worker,
      do(method, ...args) {
        calls += 1;
        worker.postMessage({ call: calls, method, args });
        return new Promise((resolve) => answers.set(calls, resolve));
      },
    };
  });
  await Promise.all(threads.map(({ worker }) => once(worker, "online")));
  return {
    do: (thread, method, ...args) => threads[thread % count].do(method, ...args),
    close: () => Promise.all(threads.map(({ worker }) => worker.terminate())),
  };
}

if (!isMainThread) {
  const { work, network, backend } = workerData;
  // Messages wait until somebody listens.
  await startBackend(backend);
  const opened = openNetwork(work, network);
  // One after the other: a network is at one checkpoint at a time.
  let last = Promise.resolve();
  parentPort.on("message", ({ call, method, args }) => {
    last = last.then(async () => {
      parentPort.postMessage({ call, result: await opened[method](...args) });
    });
  });
}
