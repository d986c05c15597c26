import type { BatchQuantity } from "./quantity.js";
import type { BatchReading } from "./tally.js";

/** Looks at batches of a measurement for it, e.g. in threads that each hold the problem. */
export interface BatchExecutor {
  /** Batches that it should have at hand, so that it is never idle; at least 1. */
  readonly concurrency: number;
  /**
   * What `readBatch` gives for a batch, with the problem and the options of this measurement.
   *
   * @param index of the batch
   * @param quantities names of the batch quantities that look at it
   * @param signal is aborted when the readings are no longer wanted
   */
  read(
    index: number,
    quantities: readonly string[],
    signal: AbortSignal,
  ): Promise<readonly BatchReading[]>;
}

/**
 * Batches in their order, of which an executor has some in work ahead. What turns out not to be wanted,
 * errors included, is as if it had never begun.
 */
export class LookAhead {
  readonly #begun = new Map<number, Begun>();
  #names: readonly string[] = [];

  /** @param most batches that may be wanted */
  constructor(
    readonly executor: BatchExecutor,
    readonly most: number,
  ) {}

  /** The readings of a batch; others that follow it are begun. */
  read(index: number, quantities: readonly BatchQuantity[]): Promise<readonly BatchReading[]> {
    const names = quantities.map(({ name }) => name);
    // What quantities share is booked to the first of them: readings among others are not the same.
    if (names.join() !== this.#names.join()) this.drop();
    this.#names = names;
    const end = Math.min(index + this.executor.concurrency, this.most);
    for (let ahead = index; ahead < end; ahead++) {
      if (!this.#begun.has(ahead)) this.#begun.set(ahead, this.#begin(ahead));
    }
    const { readings } = this.#begun.get(index)!;
    this.#begun.delete(index);
    return readings;
  }

  /** Lets go of all that was begun and not yet read. */
  drop(): void {
    for (const { wanted } of this.#begun.values()) wanted.abort();
    this.#begun.clear();
  }

  #begin(index: number): Begun {
    const wanted = new AbortController();
    const readings = this.executor.read(index, this.#names, wanted.signal);
    // A failure counts when the batch's turn comes, if it does.
    readings.catch(() => {});
    return { readings, wanted };
  }
}

interface Begun {
  readonly readings: Promise<readonly BatchReading[]>;
  readonly wanted: AbortController;
}
