import { philox } from "./philox.js";

/** Counter words of forks carry this mark, so that no fork's key is ever a value of its parent. */
const FORK_MARK = 0xf0f0f0f0;
const TWO_32 = 2 ** 32;
const TWO_53 = 2 ** 53;

/**
 * A random sequence that has no state: the i-th value is a pure function of (key, i), so a reader
 * can start anywhere, and two readers never disturb each other.
 */
export interface RandomStream {
  /** An independent stream for the given ids, e.g. `fork(epoch)` or `fork(step, batch)`. */
  fork(...ids: number[]): RandomStream;
  /** The i-th of a sequence of integers, uniform on [0, 2³²). */
  uint32At(index: number): number;
  /** The i-th of a sequence of doubles, uniform on [0, 1), with 53 random bits. */
  uniformAt(index: number): number;
  /** The i-th of a sequence of standard normal doubles (Box–Muller). */
  normalAt(index: number): number;
  /** `length` standard normal values in single precision: `normalAt(0), normalAt(1), ...`. */
  normals(length: number): Float32Array;
  /** `length` independent signs ±1, from the bits of `uint32At(0), uint32At(1), ...`: very cheap. */
  signs(length: number): Float32Array;
  /** A uniformly random permutation of 0 … n−1. */
  shuffle(n: number): Int32Array;
  /** k distinct members of 0 … n−1 in random order, each ordered k-subset equally likely; O(k). */
  sample(n: number, k: number): Int32Array;
}

/**
 * The random stream of a purpose, e.g. `stream(seed, "data-order")`. Streams of different names or
 * seeds are independent, so adding a consumer of randomness never changes what the others draw.
 *
 * @param seed an integer from 0 to 2⁵³ − 1
 * @param name the purpose, any text
 * @throws RangeError if the seed is not such an integer; TypeError if the name is no text
 *
 * @example
 * const order = stream(7, "data-order");
 * order.uniformAt(3) === stream(7, "data-order").uniformAt(3); // true
 * order.fork(1).uniformAt(3) === order.fork(2).uniformAt(3); // false
 * order.sample(10, 4).length; // 4
 */
export function stream(seed: number, name: string): RandomStream {
  const [low, high] = words(seed, "seed");
  if (typeof name !== "string") throw new TypeError(`a stream has a name, not ${name}`);
  return new PhiloxStream(deriveKey([low, high], fnv1a(name, 0x811c9dc5), fnv1a(name, 0x9dc5811c)));
}

class PhiloxStream implements RandomStream {
  readonly #key: readonly [number, number];
  readonly #block = new Uint32Array(4);
  #blockIndex = -1;

  constructor(key: readonly [number, number]) {
    this.#key = key;
  }

  fork(...ids: number[]): RandomStream {
    let key = this.#key;
    for (const id of ids) key = deriveKey(key, ...words(id, "fork id"));
    return new PhiloxStream(key);
  }

  uint32At(index: number): number {
    return this.#load(Math.floor(index / 4))[index % 4]!;
  }

  uniformAt(index: number): number {
    const block = this.#load(Math.floor(index / 2));
    const lane = (index % 2) * 2;
    return uniform(block[lane]!, block[lane + 1]!);
  }

  normalAt(index: number): number {
    const block = this.#load(Math.floor(index / 2));
    // 1 − u lies in (0, 1], where the logarithm is finite.
    const radius = Math.sqrt(-2 * Math.log(1 - uniform(block[0]!, block[1]!)));
    const angle = 2 * Math.PI * uniform(block[2]!, block[3]!);
    return radius * (index % 2 === 0 ? Math.cos(angle) : Math.sin(angle));
  }

  normals(length: number): Float32Array {
    return Float32Array.from({ length }, (_, index) => this.normalAt(index));
  }

  signs(length: number): Float32Array {
    const signs = new Float32Array(length);
    for (let i = 0; i < length; i++) {
      const word = this.uint32At(i >>> 5);
      signs[i] = (word >>> (i & 31)) & 1 ? 1 : -1;
    }
    return signs;
  }

  shuffle(n: number): Int32Array {
    const order = Int32Array.from({ length: n }, (_, index) => index);
    for (let last = n - 1; last > 0; last--) {
      const other = Math.floor(this.uniformAt(last) * (last + 1));
      const moved = order[last]!;
      order[last] = order[other]!;
      order[other] = moved;
    }
    return order;
  }

  sample(n: number, k: number): Int32Array {
    if (!(Number.isInteger(k) && k >= 0 && k <= n)) {
      throw new RangeError(`cannot draw ${k} distinct members out of ${n}`);
    }
    // The first k steps of a Fisher–Yates shuffle, remembering only the places that were swapped.
    const swapped = new Map<number, number>();
    const drawn = new Int32Array(k);
    for (let place = 0; place < k; place++) {
      const other = place + Math.floor(this.uniformAt(place) * (n - place));
      drawn[place] = swapped.get(other) ?? other;
      swapped.set(other, swapped.get(place) ?? place);
    }
    return drawn;
  }

  /** Neighbouring indices share a block of four words: keep the last one. */
  #load(blockIndex: number): Uint32Array {
    if (blockIndex !== this.#blockIndex) {
      const [low, high] = words(blockIndex, "index");
      philox([low, high, 0, 0], this.#key, this.#block);
      this.#blockIndex = blockIndex;
    }
    return this.#block;
  }
}

function deriveKey(key: readonly [number, number], a: number, b: number): [number, number] {
  const out = new Uint32Array(4);
  philox([a, b, FORK_MARK, 0], key, out);
  return [out[0]!, out[1]!];
}

/** 53 bits of two words as a double on [0, 1). */
function uniform(high: number, low: number): number {
  return (high * 0x200000 + (low >>> 11)) / TWO_53;
}

function words(value: number, what: string): [number, number] {
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new RangeError(`${what} must be an integer from 0 to 2^53 − 1, not ${value}`);
  }
  return [value % TWO_32, Math.floor(value / TWO_32)];
}

/** FNV-1a over the UTF-16 code units of a text. */
function fnv1a(text: string, offset: number): number {
  let hash = offset;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    hash = Math.imul(hash ^ (unit & 0xff), 0x01000193);
    hash = Math.imul(hash ^ (unit >>> 8), 0x01000193);
  }
  return hash >>> 0;
}
