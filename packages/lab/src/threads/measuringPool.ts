import type { Position, RunInputs } from "@eoss/run";
import type { BatchReading, Certify, Executor, IndexChunk } from "@eoss/sharpness";
import { interrupted } from "../run/yieldToEvents.js";
import type { MultiplyJob, ReadJob } from "./messages.js";
import { sharedPosition, sharedVector } from "./shared.js";
import { Thread, type ThreadJob } from "./thread.js";

/** Jobs at hand for each thread: one in work, one to go on with. */
const AT_HAND = 2;

/** The threads that a run is to be measured with; undefined if these are the calling one alone. */
export function openPool(inputs: RunInputs, signal?: AbortSignal): MeasuringPool | undefined {
  return inputs.workers > 1 ? new MeasuringPool(inputs, signal) : undefined;
}

/**
 * Threads that look at batches and multiply, each with a backend and a network of its own. They start
 * when they are first needed, and live until the pool is closed.
 */
export class MeasuringPool implements Executor {
  readonly #threads: Thread[] = [];
  readonly #waiting: ThreadJob[] = [];
  readonly #abort = () => this.#fail(interrupted());
  #position: Position | undefined;
  #certify: Certify = "all";
  #failure: Error | undefined;

  /**
   * @param inputs what is measured; its images should be shared
   * @param signal aborting rejects what is in work, with an AbortError
   */
  constructor(
    readonly inputs: RunInputs,
    readonly signal?: AbortSignal,
  ) {
    if (signal?.aborted) this.#abort();
    signal?.addEventListener("abort", this.#abort);
  }

  get concurrency(): number {
    return AT_HAND * this.inputs.workers;
  }

  /**
   * Says where the training stands; jobs are done there from now on.
   *
   * @param certify which top eigenvalues of batches are certified there
   */
  moveTo(position: Position, certify: Certify = "all"): void {
    this.#position = sharedPosition(position);
    this.#certify = certify;
  }

  read(index: number, quantities: readonly string[], signal: AbortSignal) {
    const job: ReadJob = { kind: "read", index, quantities, certify: this.#certify };
    return this.#do<readonly BatchReading[]>(job, undefined, signal);
  }

  /** Reads batches of a static curve, of this size. */
  batchesOf(batchSize: number): Pick<Executor, "concurrency" | "read"> {
    return {
      concurrency: this.concurrency,
      read: (index, quantities, signal) =>
        this.#do({ kind: "read", index, quantities, batchSize, certify: "all" }, undefined, signal),
    };
  }

  async multiply(
    chunks: readonly IndexChunk[],
    vector: Float32Array,
    use: (product: Float32Array, chunk: IndexChunk) => void,
  ): Promise<void> {
    const x = sharedVector(vector);
    const begin = (place: number) => {
      const job: MultiplyJob = { kind: "multiply", indices: chunks[place]!.indices, x };
      // Always the same thread: it keeps what it has made of the chunk.
      const product = this.#do<Float32Array>(job, place % this.inputs.workers);
      // A failure counts when the chunk's turn comes.
      product.catch(() => {});
      return product;
    };
    // No more ahead than that: products are as long as θ.
    const begun = chunks.slice(0, this.concurrency).map((_, place) => begin(place));
    for (const [place, chunk] of chunks.entries()) {
      use(await begun[place]!, chunk);
      delete begun[place];
      if (begun.length < chunks.length) begun.push(begin(begun.length));
    }
  }

  /** Ends the threads, whatever they do. */
  async close(): Promise<void> {
    this.signal?.removeEventListener("abort", this.#abort);
    this.#fail(new Error("the pool of measuring threads is closed"));
    await Promise.all(this.#threads.map((thread) => thread.end()));
  }

  /** @param place the thread that is to do it; default: any */
  #do<T>(job: ThreadJob["job"], place: number | undefined, signal?: AbortSignal): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#failure) return reject(this.#failure);
      const work: ThreadJob = {
        position: this.#position!,
        job,
        place,
        resolve: resolve as ThreadJob["resolve"],
        reject,
      };
      this.#waiting.push(work);
      signal?.addEventListener("abort", () => this.#forget(work));
      this.#assign();
    });
  }

  /** Gives jobs to idle threads, and starts threads while jobs are left over. */
  #assign(): void {
    for (let place = 0; place < this.inputs.workers; place++) {
      const next = this.#waiting.findIndex((work) => (work.place ?? place) === place);
      if (next < 0 || this.#threads[place]?.idle === false) continue;
      const thread = (this.#threads[place] ??= this.#newThread());
      thread.begin(this.#waiting.splice(next, 1)[0]!);
    }
  }

  #newThread(): Thread {
    return new Thread(this.inputs, {
      onIdle: () => this.#assign(),
      onEnd: (error) => this.#fail(error),
    });
  }

  #forget(work: ThreadJob): void {
    const place = this.#waiting.indexOf(work);
    if (place >= 0) this.#waiting.splice(place, 1);
    for (const thread of this.#threads) thread.forget(work);
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    for (const { reject } of this.#waiting.splice(0)) reject(error);
    for (const thread of this.#threads) thread.fail(error);
  }
}
