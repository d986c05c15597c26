import { bytePairs } from "@eoss/data";
import { stream } from "@eoss/rng";
import { describe, expect, it } from "vitest";
import { ALICE_TEXT } from "./aliceText.js";

const bytesOf = (text: string) => [...new TextEncoder().encode(text)];

/**
 * The definition, step by step on the words in their places: count all pairs, merge the most frequent one, the
 * smallest of several, and begin again.
 */
function byDefinition(text: string, vocabulary: number) {
  const alphabet = [...new Set(bytesOf(text))].sort((a, b) => a - b);
  const words = (text.match(/\s?[\p{L}\p{N}]+|\s?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s/gu) ?? []).map(
    (word) => bytesOf(word).map((byte) => alphabet.indexOf(byte)),
  );
  const merges: number[][] = [];
  while (alphabet.length + merges.length < vocabulary) {
    const counts: Record<string, number> = {};
    for (const word of words)
      for (let i = 1; i < word.length; i++) {
        const pair = `${word[i - 1]},${word[i]}`;
        counts[pair] = (counts[pair] ?? 0) + 1;
      }
    const sorted = Object.entries(counts)
      .map(([pair, count]) => [...pair.split(",").map(Number), count] as [number, number, number])
      .sort(([a, b, m], [c, d, n]) => n - m || a - c || b - d);
    const [left, right, count] = sorted[0] ?? [0, 0, 0];
    if (count < 2) break;
    const token = alphabet.length + merges.length;
    merges.push([left, right]);
    for (const word of words)
      for (let i = 1; i < word.length; i++)
        if (word[i - 1] === left && word[i] === right) word.splice(i - 1, 2, token);
  }
  return { merges, tokens: words.flat() };
}

/** A text of words in random order, in several scripts. */
function made(seed: number): string {
  const parts = [
    "low",
    "lower",
    "newest",
    "Größe",
    "日本語",
    "👩‍🔬",
    "aaaa",
    "12",
    "\n\n",
    "…",
    "  ",
    "e\u0301",
  ];
  const random = stream(seed, "text");
  return Array.from(
    { length: 60 },
    (_, i) => parts[Math.floor(random.uniformAt(i) * parts.length)],
  ).join(random.uniformAt(99) < 0.5 ? " " : "");
}

describe("byte pairs", () => {
  it.each([1, 2, 3, 4, 5, 6])("are those of the definition, and give the text back: %i", (seed) => {
    const text = made(seed);
    const alphabet = new Set(bytesOf(text)).size;
    for (const more of [0, 1, 7, 40, 400]) {
      const pairs = bytePairs(text, { vocabulary: alphabet + more });
      const { merges, tokens } = byDefinition(text, alphabet + more);
      expect(pairs.merges).toEqual(merges);
      expect([...pairs.encode(text)]).toEqual(tokens);
      expect(pairs.decode(pairs.encode(text))).toBe(text);
      expect(pairs.tokens).toHaveLength(alphabet + merges.length);
    }
  });

  it("are those of the paper's example", () => {
    // Sennrich et al. (2016), section 3.2: by hand, es and st 9 times, then est, lo and ow 7 times, low.
    const text = `${"low ".repeat(5)}${"lower ".repeat(2)}${"newest ".repeat(6)}${"widest ".repeat(3)}`;
    const { tokens } = bytePairs(text, { vocabulary: 15 });
    const texts = tokens.map((token) => new TextDecoder().decode(token));
    expect(texts).toEqual([..." deilnorstw", "es", "est", "lo", "low"]);
  });

  it("divide a book into fewer tokens than characters, and encode other texts of its bytes", () => {
    const pairs = bytePairs(ALICE_TEXT, { vocabulary: 256 });
    const tokens = pairs.encode(ALICE_TEXT);
    expect(pairs.tokens).toHaveLength(256);
    expect(tokens.length).toBeLessThan(0.6 * ALICE_TEXT.length);
    const other = "the rabbit was late";
    expect(pairs.decode(pairs.encode(other))).toBe(other);
    expect(bytePairs(ALICE_TEXT, { vocabulary: 256 }).merges).toEqual(pairs.merges);
  });

  it("are refused in words where they cannot be", () => {
    const pairs = bytePairs("aaaa bbbb aaaa", { vocabulary: 10 });
    expect(() => pairs.encode("abc")).toThrow(/"abc" has the byte 99, which the text .* not have/);
    expect(() => pairs.decode([0, 99])).toThrow(/token 1 is 99; allowed: integers from 0 to/);
    const signs = bytePairs("éè", { vocabulary: 3 });
    expect(() => signs.decode(signs.encode("é").subarray(0, 1))).toThrow(/within a character/);
    expect(() => bytePairs("abc", { vocabulary: 2 })).toThrow(
      /has 3 different bytes; allowed: from 3 up/,
    );
    for (const vocabulary of [0, 1.5, 2 ** 16 + 1, Number.NaN])
      expect(() => bytePairs("abc", { vocabulary })).toThrow(
        /vocabulary of bytePairs is .*; allowed: an integer from 1 to 65536/,
      );
    expect(bytePairs("", { vocabulary: 5 }).encode("")).toHaveLength(0);
  });
});
