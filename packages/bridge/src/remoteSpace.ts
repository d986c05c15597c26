// Vectors in another process, as a space.
import type { Random } from "@eoss/eigen";
import type { RandomStream } from "@eoss/rng";
import type { Space } from "@eoss/sharpness/core";
import type { Channel } from "./channel.js";
import { type Entries, numberOf } from "./values.js";

/** The name of a vector that is in another process. */
export class RemoteVector {
  constructor(readonly handle: number) {}
}

/** How the other side stores entries. */
export type Precision = "float32" | "float64";
const EPSILON: Readonly<Record<Precision, number>> = { float32: 2 ** -24, float64: 2 ** -53 };

/** The vectors of another process; its names are given here. */
export class RemoteSpace implements Space<RemoteVector> {
  readonly epsilon: number;
  /** As the problem that is measured has it. */
  basisSize?: number | undefined;
  readonly #live = new Set<number>();
  #last = 0;

  constructor(
    readonly channel: Channel,
    precision: Precision,
  ) {
    this.epsilon = EPSILON[precision];
  }

  /** Names of the vectors that were made and not released. */
  get live(): readonly number[] {
    return [...this.#live];
  }

  /** A new vector, which a command that is given its name makes. */
  make(name: string, ...args: readonly unknown[]): RemoteVector {
    const handle = ++this.#last;
    this.#live.add(handle);
    this.channel.later(name, handle, ...args);
    return new RemoteVector(handle);
  }

  /** The other side has dropped all vectors but these. */
  keepOnly(vectors: Iterable<RemoteVector>): void {
    this.#live.clear();
    for (const { handle } of vectors) this.#live.add(handle);
  }

  async entries({ handle }: RemoteVector): Promise<Entries> {
    return (await this.channel.ask("entries", handle)) as Entries;
  }

  random(n: number, random: Random): RemoteVector {
    return this.make("normals", n, [word(random.uniform()), word(random.uniform())]);
  }

  copy({ handle }: RemoteVector): RemoteVector {
    return this.make("copy", handle);
  }

  async dot(x: RemoteVector, y: RemoteVector): Promise<number> {
    return numberOf(await this.channel.ask("dot", x.handle, y.handle));
  }

  async dots(xs: readonly RemoteVector[], y: RemoteVector): Promise<Float64Array> {
    const products = (await this.channel.ask("dots", handlesOf(xs), y.handle)) as unknown[];
    return Float64Array.from(products, numberOf);
  }

  axpy(a: number, x: RemoteVector, y: RemoteVector): RemoteVector {
    this.channel.later("axpy", a, x.handle, y.handle);
    return y;
  }

  axpys(a: ArrayLike<number>, xs: readonly RemoteVector[], y: RemoteVector): RemoteVector {
    this.channel.later("axpys", Array.from(a), handlesOf(xs), y.handle);
    return y;
  }

  scale(a: number, x: RemoteVector): RemoteVector {
    this.channel.later("scale", a, x.handle);
    return x;
  }

  rotate(
    xs: readonly RemoteVector[],
    rows: readonly ArrayLike<number>[],
    k: number,
  ): RemoteVector[] {
    const made = Array.from({ length: k }, () => ++this.#last);
    const weights = rows.map((row) => Array.from(row).slice(0, k));
    this.channel.later("rotate", handlesOf(xs), weights, made);
    for (const { handle } of xs) this.#live.delete(handle);
    for (const handle of made) this.#live.add(handle);
    return made.map((handle) => new RemoteVector(handle));
  }

  release({ handle }: RemoteVector): void {
    if (!this.#live.delete(handle)) throw new Error(`vector ${handle} was released before`);
    this.channel.later("release", handle);
  }

  from(entries: ArrayLike<number>): RemoteVector {
    return this.make("put", Float64Array.from(entries));
  }

  normals(n: number, stream: RandomStream): RemoteVector {
    return this.make("normals", n, seedOf(stream));
  }

  signs(n: number, stream: RandomStream): RemoteVector {
    return this.make("signs", n, seedOf(stream));
  }
}

/** Two words that a stream is known by to a generator on the other side. */
export function seedOf(stream: RandomStream): [number, number] {
  return [stream.uint32At(0), stream.uint32At(1)];
}

function handlesOf(vectors: readonly RemoteVector[]): number[] {
  return vectors.map(({ handle }) => handle);
}

function word(uniform: number): number {
  return Math.floor(uniform * 2 ** 32);
}
