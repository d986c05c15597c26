import { Worker } from "node:worker_threads";
import type { Position, RunInputs } from "@eoss/run";
import type { BatchReading } from "@eoss/sharpness";
import { loadedText } from "../plugins/plugins.js";
import { receivedError } from "../processes/sentError.js";
import type { AnswerMessage, JobMessage, WorkerSetup } from "./messages.js";
import { workerFile } from "./workerFile.js";

/** A job, where to do it, and who waits for it. */
export interface ThreadJob {
  readonly position: Position;
  readonly job: JobMessage["job"];
  /** The thread that is to do it; any, if undefined. */
  readonly place: number | undefined;
  resolve(result: readonly BatchReading[] | Float32Array): void;
  reject(error: unknown): void;
}

export interface ThreadEvents {
  onIdle(): void;
  /** The thread is gone, though nobody ended it. */
  onEnd(error: Error): void;
}

/** A measuring thread, seen from outside: it does one job at a time. */
export class Thread {
  readonly #worker: Worker;
  readonly #unwanted = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  #work: ThreadJob | undefined;
  #number = 0;
  #position: Position | undefined;

  constructor(inputs: RunInputs, { onIdle, onEnd }: ThreadEvents) {
    const { config, dataset, heldOut, initial, backend, workers } = inputs;
    const setup: WorkerSetup = {
      inputs: { config, dataset, heldOut, initial, backend, workers },
      unwanted: this.#unwanted,
    };
    this.#worker = new Worker(workerFile, { workerData: setup });
    this.#worker.on("message", (answer: AnswerMessage) => {
      const work = this.#work;
      this.#work = undefined;
      if ("error" in answer) work?.reject(receivedError(answer.error));
      else work?.resolve(answer.result);
      onIdle();
    });
    this.#worker.on("error", onEnd);
    this.#worker.on("exit", (code) =>
      onEnd(new Error(`a measuring thread ended with ${code}${loadedText()}`)),
    );
  }

  get idle(): boolean {
    return this.#work === undefined;
  }

  begin(work: ThreadJob): void {
    const { position, job } = work;
    const message: JobMessage = {
      number: ++this.#number,
      job,
      ...(position !== this.#position && { position }),
    };
    this.#work = work;
    this.#position = position;
    this.#worker.postMessage(message);
  }

  /** Lets the thread break off what is no longer wanted; it answers, and is idle then. */
  forget(work: ThreadJob): void {
    if (work === this.#work) Atomics.store(this.#unwanted, 0, this.#number);
  }

  fail(error: Error): void {
    this.#work?.reject(error);
  }

  async end(): Promise<void> {
    this.#worker.removeAllListeners().on("error", () => {});
    await this.#worker.terminate();
  }
}
