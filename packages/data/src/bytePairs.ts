import {
  text as aText,
  checkTypedOptions,
  needed,
  type OptionDomain,
  type OptionDomains,
} from "@eoss/rng/internal";
import { DatasetError } from "./dataset.js";

/** Tokens of byte pairs: single bytes, and pairs of earlier tokens. */
export interface BytePairs {
  /** The bytes of each token: first the single ones, ascending, then one for each merge. */
  readonly tokens: ReadonlyArray<Uint8Array>;
  /** The pairs of tokens that were merged, in their order. */
  readonly merges: ReadonlyArray<readonly [number, number]>;
  /** @throws DatasetError for a byte that the text it was made from does not have */
  encode(text: string): Int32Array;
  /** @throws DatasetError for a number that is no token, or bytes that are no text in UTF-8 */
  decode(tokens: ArrayLike<number>): string;
}

/** What `bytePairs` is asked for. */
interface BytePairsOptions {
  /** Tokens to make, of which single bytes are the first. */
  readonly vocabulary: number;
  /**
   * A longer text, whose single bytes get tokens: the merges are those of the text all the same. So a part
   * that is held out can be encoded, and says nothing about the pairs. Default: the text itself.
   */
  readonly alphabetOf?: string | undefined;
}

/** Tokens of one set: a pair of them is one number below 2⁵³. */
const MOST = 2 ** 16;

const upToMost: OptionDomain = {
  allowed: `an integer from 1 to ${MOST}`,
  fits: (value) => Number.isInteger(value) && Number(value) >= 1 && Number(value) <= MOST,
};

const OPTIONS: OptionDomains<BytePairsOptions> = {
  vocabulary: needed(upToMost),
  alphabetOf: aText,
};

/** A pair is merged only where it stands so often. */
const LEAST = 2;

/**
 * Byte-pair tokens of a text: from its bytes on, the pair of neighbouring tokens that is most frequent becomes a
 * token of its own, until there are so many. Of equally frequent ones the pair of smaller numbers comes first, so
 * that the result is a function of the text. Pairs do not reach across words: letters, digits or signs, with the
 * blank before them, or blanks.
 *
 * There are fewer tokens than asked for where no pair is left that stands twice.
 *
 * @param text what the pairs are counted in
 * @see Sennrich, Haddow, Birch (2016), Neural machine translation of rare words with subword units; Radford et al.
 *   (2019), Language models are unsupervised multitask learners, for bytes and words
 * @throws DatasetError for a vocabulary that is none, or smaller than the alphabet
 * @example
 * const { tokens, encode, decode } = bytePairs("low lower lowest", { vocabulary: 10 });
 * tokens.length; // 10
 * encode("low").length; // 1
 * decode(encode("lower")); // "lower"
 */
export function bytePairs(text: string, given: BytePairsOptions): BytePairs {
  checkTypedOptions("bytePairs", given, OPTIONS, DatasetError);
  const { vocabulary, alphabetOf = text } = given;
  const encoder = new TextEncoder();
  const bytes = new Set(encoder.encode(text));
  for (const byte of encoder.encode(alphabetOf)) bytes.add(byte);
  const alphabet = [...bytes].sort((a, b) => a - b);
  if (alphabet.length > vocabulary) {
    throw new DatasetError(
      `vocabulary is ${vocabulary}, but the text has ${alphabet.length} different bytes; allowed: from ${alphabet.length} up`,
    );
  }
  const tokens = alphabet.map((byte) => Uint8Array.of(byte));
  const places = new Map(alphabet.map((byte, token) => [byte, token]));
  const merges: Array<[number, number]> = [];
  const words = new CountedWords(text, places);
  while (tokens.length < vocabulary) {
    const pair = words.mostFrequentPair();
    if (pair === undefined) break;
    const [left, right] = [Math.floor(pair / MOST), pair % MOST];
    words.merge(pair, tokens.length);
    merges.push([left, right]);
    tokens.push(Uint8Array.of(...tokens[left]!, ...tokens[right]!));
  }
  return { tokens, merges, ...coder(tokens, merges, places) };
}

function wordsOf(text: string): readonly string[] {
  return text.match(/\s?[\p{L}\p{N}]+|\s?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s/gu) ?? [];
}

/** The different words of a text as tokens, with how often each and each pair in them occurs. */
class CountedWords {
  readonly #words: Array<{ tokens: number[]; readonly count: number }> = [];
  readonly #counts = new Map<number, number>();
  /** By pair, the words that have or had it. */
  readonly #places = new Map<number, Set<number>>();

  constructor(text: string, places: ReadonlyMap<number, number>) {
    const counts = new Map<string, number>();
    for (const word of wordsOf(text)) counts.set(word, (counts.get(word) ?? 0) + 1);
    for (const [word, count] of counts) {
      const tokens = Array.from(new TextEncoder().encode(word), (byte) => places.get(byte)!);
      this.#words.push({ tokens, count });
      this.#count(this.#words.length - 1, 1);
    }
  }

  mostFrequentPair(): number | undefined {
    let best: number | undefined;
    let most = LEAST - 1;
    for (const [pair, count] of this.#counts) {
      if (count < most || (count === most && (best === undefined || pair > best))) continue;
      [best, most] = [pair, count];
    }
    return best;
  }

  merge(pair: number, token: number): void {
    for (const index of this.#places.get(pair)!) {
      this.#count(index, -1);
      this.#words[index]!.tokens = merged(this.#words[index]!.tokens, pair, token);
      this.#count(index, 1);
    }
    this.#places.delete(pair);
    this.#counts.delete(pair);
  }

  #count(index: number, sign: 1 | -1): void {
    const { tokens, count } = this.#words[index]!;
    for (let i = 1; i < tokens.length; i++) {
      const pair = tokens[i - 1]! * MOST + tokens[i]!;
      this.#counts.set(pair, (this.#counts.get(pair) ?? 0) + sign * count);
      if (sign < 0) continue;
      const places = this.#places.get(pair);
      if (places) places.add(index);
      else this.#places.set(pair, new Set([index]));
    }
  }
}

/** Tokens with each occurrence of a pair replaced, from the left. */
function merged(tokens: readonly number[], pair: number, token: number): number[] {
  const out: number[] = [];
  for (let i = 0; i < tokens.length; i++) {
    const isPair = i + 1 < tokens.length && tokens[i]! * MOST + tokens[i + 1]! === pair;
    out.push(isPair ? token : tokens[i]!);
    if (isPair) i++;
  }
  return out;
}

function coder(
  tokens: BytePairs["tokens"],
  merges: BytePairs["merges"],
  places: ReadonlyMap<number, number>,
): Pick<BytePairs, "encode" | "decode"> {
  const first = tokens.length - merges.length;
  const madeOf = new Map(merges.map(([left, right], i) => [left * MOST + right, first + i]));
  const known = new Map<string, readonly number[]>();

  /** The merges of the training, in its order. */
  function ofWord(word: string): readonly number[] {
    let own = Array.from(new TextEncoder().encode(word), (byte) => {
      const token = places.get(byte);
      if (token !== undefined) return token;
      throw new DatasetError(
        `${JSON.stringify(word)} has the byte ${byte}, which the text that the tokens were made from does not have`,
      );
    });
    for (;;) {
      let next: number | undefined;
      for (let i = 1; i < own.length; i++) {
        const token = madeOf.get(own[i - 1]! * MOST + own[i]!);
        if (token !== undefined && (next === undefined || token < next)) next = token;
      }
      if (next === undefined) return own;
      const [left, right] = merges[next - first]!;
      own = merged(own, left * MOST + right, next);
    }
  }

  return {
    encode(text) {
      const all: number[] = [];
      for (const word of wordsOf(text)) {
        let own = known.get(word);
        if (own === undefined) {
          own = ofWord(word);
          known.set(word, own);
        }
        for (const token of own) all.push(token);
      }
      return Int32Array.from(all);
    },
    decode(given) {
      const bytes = Array.from(given, (token, place) => {
        const own = tokens[token];
        if (own !== undefined) return [...own];
        throw new DatasetError(
          `token ${place} is ${token}; allowed: integers from 0 to ${tokens.length - 1}`,
        );
      });
      try {
        return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(
          Uint8Array.from(bytes.flat()),
        );
      } catch {
        throw new DatasetError(
          "the tokens begin or end within a character: they are no text in UTF-8",
        );
      }
    },
  };
}
