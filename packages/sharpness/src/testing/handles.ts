// Vectors that nobody can look into: names of arrays that are somewhere else, as in another process.
import type { Random } from "@eoss/eigen";
import type { RandomStream } from "@eoss/rng";
import type { Space } from "../loss/space.js";

/** The name of a vector. It has no entries, no length, and is good for nothing once it is released. */
export class Handle {
  readonly #brand = "handle";
  toString(): string {
    return this.#brand;
  }
}

/**
 * A place where vectors are. Commands are queued until a number is asked for; numbers come later, those
 * that were asked for last first; what consumes a vector gives another name to the result.
 */
export class Remote {
  readonly #entries = new Map<Handle, Float64Array>();
  readonly #live = new Set<Handle>();
  #commands: (() => void)[] = [];
  #answers: (() => void)[] = [];

  /** Vectors that were made and not released. */
  get alive(): number {
    return this.#live.size;
  }

  /** A new vector, made when the commands before it are done. */
  make(entries: () => ArrayLike<number>): Handle {
    const handle = new Handle();
    this.#live.add(handle);
    this.#commands.push(() => this.#entries.set(handle, Float64Array.from(entries())));
    return handle;
  }

  /** Inside of commands: what a name stands for. */
  entries(handle: Handle): Float64Array {
    return this.#entries.get(handle)!;
  }

  /** @throws Error for what is no vector, or none any more */
  check(...handles: readonly Handle[]): void {
    for (const handle of handles) {
      if (this.#live.has(handle)) continue;
      const what = handle instanceof Handle ? "a vector that was released" : `${handle}: no vector`;
      throw new Error(`used ${what}`);
    }
  }

  release(handle: Handle): void {
    this.check(handle);
    this.#live.delete(handle);
    this.#commands.push(() => this.#entries.delete(handle));
  }

  /** A number, or several. */
  ask<T>(read: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#answers.length === 0) queueMicrotask(() => this.#flush());
      this.#commands.push(() => {
        try {
          const value = read();
          this.#answers.push(() => resolve(value));
        } catch (error) {
          this.#answers.push(() => reject(error));
        }
      });
      // Keeps a place until the commands are done, so that one flush serves all that ask meanwhile.
      this.#answers.push(() => {});
    });
  }

  #flush(): void {
    const commands = this.#commands;
    this.#commands = [];
    for (const command of commands) command();
    const answers = this.#answers;
    this.#answers = [];
    for (const answer of answers.reverse()) answer();
  }
}

/** The vectors of a place as a space. */
export function handleSpace(remote: Remote): Space<Handle> {
  const at = (handle: Handle) => remote.entries(handle);
  /** A new vector in the place of one that is consumed. */
  const instead = (consumed: readonly Handle[], entries: () => ArrayLike<number>): Handle => {
    const made = remote.make(entries);
    for (const handle of consumed) remote.release(handle);
    return made;
  };
  const sum = (a: readonly number[], xs: readonly Handle[], start: ArrayLike<number>) => {
    const total = Float64Array.from(start);
    for (const [j, x] of xs.entries()) {
      const entries = at(x);
      for (let i = 0; i < total.length; i++) total[i]! += a[j]! * entries[i]!;
    }
    return total;
  };
  const inner = (x: Handle, y: Handle) => at(x).reduce((total, v, i) => total + v * at(y)[i]!, 0);
  return {
    epsilon: 2 ** -53,
    random(n, random: Random) {
      const drawn = Float64Array.from({ length: n }, () => random.normal());
      return remote.make(() => drawn);
    },
    copy(x) {
      remote.check(x);
      return remote.make(() => at(x));
    },
    dot(x, y) {
      remote.check(x, y);
      return remote.ask(() => inner(x, y));
    },
    dots(xs, y) {
      remote.check(...xs, y);
      const all = [...xs];
      return remote.ask(() => Float64Array.from(all, (x) => inner(x, y)));
    },
    axpy(a, x, y) {
      remote.check(x, y);
      return instead([y], () => sum([a], [x], at(y)));
    },
    axpys(a, xs, y) {
      remote.check(...xs, y);
      const [weights, all] = [Array.from(a), [...xs]];
      return instead([y], () => sum(weights, all, at(y)));
    },
    scale(a, x) {
      remote.check(x);
      return instead([x], () => at(x).map((value) => a * value));
    },
    rotate(xs, rows, k) {
      remote.check(...xs);
      const all = [...xs];
      const columns = Array.from({ length: k }, (_, j) => rows.map((row) => row[j]!));
      const made = columns.map((a) =>
        remote.make(() =>
          sum(
            a,
            all,
            at(all[0]!).map(() => 0),
          ),
        ),
      );
      for (const x of all) remote.release(x);
      return made;
    },
    release: (x) => remote.release(x),
    from(entries) {
      const copied = Float64Array.from(entries);
      return remote.make(() => copied);
    },
    entries: (x) => remote.ask(() => [...at(x)]),
    normals: (n, stream: RandomStream) => remote.make(() => stream.normals(n)),
    signs: (n, stream: RandomStream) => remote.make(() => stream.signs(n)),
  };
}
