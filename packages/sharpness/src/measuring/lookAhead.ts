import type { BatchQuantity } from "../registry/quantity.js";
import type { BatchReading } from "./accumulator.js";
import type { Executor } from "./executor.js";

/**
 * Batches in their order, of which an executor has some in work ahead. What turns out not to be wanted,
 * errors included, is as if it had never begun.
 */
export class LookAhead {
  readonly #begun = new Map<number, Begun>();
  #names: readonly string[] = [];

  /** @param most batches that may be wanted */
  constructor(
    readonly executor: Executor,
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
