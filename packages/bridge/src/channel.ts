// Commands to the process that has the vectors: queued until a number is asked for.
import { EossError } from "@eoss/rng";
import type { Frame } from "./frames.js";
import { decode, encode } from "./values.js";

/** Something went wrong on the other side, in the user's model or loss as a rule; it keeps the traceback. */
export class RemoteError extends EossError {
  override readonly name = "RemoteError";
}

interface Asked {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** Commands that wait, at most: what they hold on the other side is released by some of them. */
const MOST_WAITING = 512;

/**
 * A queue of commands. They go out together as soon as a number is asked for, and are done in their order.
 * The first error empties the queue: nothing is sent any more, and what was asked fails with it, until
 * `reset`.
 */
export class Channel {
  readonly #pending = new Map<number, readonly Asked[]>();
  #commands: unknown[] = [];
  #buffers: Uint8Array[] = [];
  #asked: Asked[] = [];
  #error?: Error;
  #id = 0;

  /** @param send takes one frame */
  constructor(readonly send: (message: Frame["message"], buffers: readonly Uint8Array[]) => void) {}

  /** A command that answers nothing. Its arguments are copied. */
  later(name: string, ...args: readonly unknown[]): void {
    if (this.#error !== undefined) return;
    this.#commands.push([name, ...args.map((one) => encode(one, this.#buffers))]);
    if (this.#commands.length >= MOST_WAITING) this.#flush();
  }

  /** A command that answers a value. */
  ask(name: string, ...args: readonly unknown[]): Promise<unknown> {
    const error = this.#error;
    const answer =
      error !== undefined
        ? Promise.reject(error)
        : new Promise<unknown>((resolve, reject) => {
            if (this.#asked.length === 0) queueMicrotask(() => this.#flush());
            this.#asked.push({ resolve, reject });
            this.later(name, ...args);
          });
    // Who asked for several numbers at once awaits the others no more after the first error.
    answer.catch(() => {});
    return answer;
  }

  /** What the other side answered to a frame of commands. */
  settle({ message, buffers }: Frame): void {
    const { id, v = [], error } = message as { id: number; v?: unknown[]; error?: unknown };
    const asked = this.#pending.get(id);
    if (asked === undefined) throw new RangeError(`an answer to ${id}, which was not asked`);
    this.#pending.delete(id);
    if (error !== undefined) this.fail(new RemoteError(String(error)), asked);
    else if (v.length !== asked.length) {
      this.fail(new RangeError(`${v.length} answers, where ${asked.length} were asked`), asked);
    } else for (const [k, { resolve }] of asked.entries()) resolve(decode(v[k], buffers));
  }

  /** Empties the queue; all that was asked, and is asked from now on, fails. */
  fail(error: Error, asked: readonly Asked[] = []): void {
    this.#error ??= error;
    const all = [...asked, ...[...this.#pending.values()].flat(), ...this.#asked];
    // Answers to frames that are on their way are still to come, and say nothing any more.
    for (const id of this.#pending.keys()) this.#pending.set(id, []);
    this.#commands = [];
    this.#buffers = [];
    this.#asked = [];
    for (const { reject } of all) reject(this.#error);
  }

  /** Sends what is queued, and waits until it is done. @throws RemoteError if some of it failed */
  async done(): Promise<void> {
    await this.ask("nothing");
  }

  /** Begins anew after an error. */
  reset(): void {
    this.#error = undefined;
  }

  get error(): Error | undefined {
    return this.#error;
  }

  #flush(): void {
    if (this.#commands.length === 0) return;
    const [ops, buffers] = [this.#commands, this.#buffers];
    this.#pending.set(++this.#id, this.#asked);
    this.#commands = [];
    this.#buffers = [];
    this.#asked = [];
    this.send({ id: this.#id, ops }, buffers);
  }
}
