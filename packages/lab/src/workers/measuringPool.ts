import { Worker } from "node:worker_threads";
import type { BatchExecutor, BatchReading } from "@eoss/sharpness";
import { interrupted } from "../run/breather.js";
import type { Position, Task } from "../run/trainer.js";
import type { AnswerMessage, ReadMessage, WorkerSetup } from "./messages.js";
import { sharedPosition } from "./shared.js";
import { workerFile } from "./workerFile.js";

/** Batches at hand for each thread: one in work, one to go on with. */
const AT_HAND = 2;

/** The threads that a task is to be measured with; undefined if these are the calling one alone. */
export function openPool(task: Task, signal?: AbortSignal): MeasuringPool | undefined {
  return task.workers > 1 ? new MeasuringPool(task, signal) : undefined;
}

/**
 * Threads that look at batches, each with a backend and a network of its own. They start when they are
 * first needed, and live until the pool is closed.
 */
export class MeasuringPool implements BatchExecutor {
  readonly #threads: Thread[] = [];
  readonly #waiting: Reading[] = [];
  readonly #abort = () => this.#fail(interrupted());
  #position: Position | undefined;
  #failure: Error | undefined;

  /**
   * @param task what is measured; its images should be shared
   * @param signal aborting rejects what is being read, with an AbortError
   */
  constructor(
    readonly task: Task,
    readonly signal?: AbortSignal,
  ) {
    if (signal?.aborted) this.#abort();
    signal?.addEventListener("abort", this.#abort);
  }

  get concurrency(): number {
    return AT_HAND * this.task.workers;
  }

  /** Says where the training stands; readings are of there from now on. */
  moveTo(position: Position): void {
    this.#position = sharedPosition(position);
  }

  read(index: number, quantities: readonly string[], signal: AbortSignal) {
    return new Promise<readonly BatchReading[]>((resolve, reject) => {
      if (this.#failure) return reject(this.#failure);
      const position = this.#position!;
      const reading: Reading = { position, index, quantities, resolve, reject };
      this.#waiting.push(reading);
      signal.addEventListener("abort", () => this.#forget(reading));
      this.#assign();
    });
  }

  /** Ends the threads, whatever they do. */
  async close(): Promise<void> {
    this.signal?.removeEventListener("abort", this.#abort);
    this.#fail(new Error("the pool of measuring threads is closed"));
    await Promise.all(this.#threads.map((thread) => thread.end()));
  }

  #assign(): void {
    while (this.#waiting.length > 0) {
      const thread = this.#threads.find(({ idle }) => idle) ?? this.#newThread();
      if (thread === undefined) return;
      thread.begin(this.#waiting.shift()!);
    }
  }

  #newThread(): Thread | undefined {
    if (this.#threads.length === this.task.workers) return undefined;
    const thread = new Thread(this.task, {
      onIdle: () => this.#assign(),
      onEnd: (error) => this.#fail(error),
    });
    this.#threads.push(thread);
    return thread;
  }

  #forget(reading: Reading): void {
    const place = this.#waiting.indexOf(reading);
    if (place >= 0) this.#waiting.splice(place, 1);
    for (const thread of this.#threads) thread.forget(reading);
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    for (const { reject } of this.#waiting.splice(0)) reject(error);
    for (const thread of this.#threads) thread.fail(error);
  }
}

/** A batch to be read. */
interface Reading {
  readonly position: Position;
  readonly index: number;
  readonly quantities: readonly string[];
  resolve(readings: readonly BatchReading[]): void;
  reject(error: unknown): void;
}

interface ThreadEvents {
  onIdle(): void;
  /** The thread is gone, though nobody ended it. */
  onEnd(error: Error): void;
}

class Thread {
  readonly #worker: Worker;
  readonly #unwanted = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  #reading: Reading | undefined;
  #number = 0;
  #position: Position | undefined;

  constructor({ config, dataset, heldOut, backend }: Task, { onIdle, onEnd }: ThreadEvents) {
    const setup: WorkerSetup = {
      task: { config, dataset, heldOut, backend },
      unwanted: this.#unwanted,
    };
    this.#worker = new Worker(workerFile, { workerData: setup });
    this.#worker.on("message", (answer: AnswerMessage) => {
      const reading = this.#reading;
      this.#reading = undefined;
      if ("error" in answer) reading?.reject(answer.error);
      else reading?.resolve(answer.readings);
      onIdle();
    });
    this.#worker.on("error", onEnd);
    this.#worker.on("exit", (code) => onEnd(new Error(`a measuring thread ended with ${code}`)));
  }

  get idle(): boolean {
    return this.#reading === undefined;
  }

  begin(reading: Reading): void {
    const { position, index, quantities } = reading;
    const message: ReadMessage = {
      number: ++this.#number,
      index,
      quantities,
      ...(position !== this.#position && { position }),
    };
    this.#reading = reading;
    this.#position = position;
    this.#worker.postMessage(message);
  }

  /** Lets the thread break off what is no longer wanted; it answers, and is idle then. */
  forget(reading: Reading): void {
    if (reading === this.#reading) Atomics.store(this.#unwanted, 0, this.#number);
  }

  fail(error: Error): void {
    this.#reading?.reject(error);
  }

  async end(): Promise<void> {
    this.#worker.removeAllListeners().on("error", () => {});
    await this.#worker.terminate();
  }
}
