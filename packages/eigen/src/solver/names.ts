/** Names of settings, in the words of all packages of eoss, on none of which this one depends. */

import { check, say } from "./error.js";

type Fits = (value: unknown) => boolean;
const isOf =
  (type: string, member?: string): Fits =>
  (value) =>
    // biome-ignore lint/suspicious/noExplicitAny: whatever was given
    typeof (member ? (value as any)?.[member] : value) === type && !Number.isNaN(value);
const FLAG = ["true, false", isOf("boolean")] as const;
const NUMBER = ["a number", isOf("number")] as const;

/** What settings may be that mean the same everywhere, and that no arithmetic looks at. */
const KINDS: Readonly<Record<string, readonly [string, Fits]>> = {
  history: FLAG,
  repeated: FLAG,
  verify: FLAG,
  lowerEnd: NUMBER,
  upperEnd: NUMBER,
  onProgress: ["a function", isOf("function")],
  signal: ["the signal of an AbortController", isOf("boolean", "aborted")],
  space: ["a space of vectors", isOf("function", "dot")],
  seed: ["a whole number", Number.isSafeInteger],
};

/**
 * Throws `EigenError("bad-setting")` if there is a name that nobody reads: a setting that is
 * misspelt would be ignored in silence. Settings that are undefined count as left out.
 *
 * @param known the names, with a blank between them
 */
export function checkNames(what: string, given: object, known: string): void {
  const names = known.split(" ");
  const list = names.join(", ");
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    const odd = Array.isArray(given) ? "a list" : say(given);
    check(false, `${what} takes its options as an object { ${list} }, not ${odd}`);
  }
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) continue;
    if (names.includes(name)) {
      const [allowed, fits] = KINDS[name] ?? [];
      // Said only then: the text of a vector is long, and that of a tensor is read from its device.
      if (fits && !fits(value)) {
        check(false, `${name} of ${what} is ${say(value)}; allowed: ${allowed}`);
      }
      continue;
    }
    const word = name.slice(0, 40);
    const near = nearest(word, names);
    const guess = near === undefined ? "" : `; did you mean ${near}?`;
    check(false, `${what} has no option ${word}; it has: ${list}${guess}`);
  }
}

/** The name that was probably meant: of fewest edits, up to a third of the letters of the word. */
function nearest(word: string, names: readonly string[]): string | undefined {
  const counts = names.map((name) => edits(word, name));
  const least = Math.min(...counts);
  const most = Math.max(1, Math.floor(word.length / 3));
  return least <= most ? names[counts.indexOf(least)] : undefined;
}

/** Letters to insert, leave out, replace or swap with their neighbour, to make one word of another. */
function edits(from: string, to: string): number {
  const table: number[][] = [];
  for (let i = 0; i <= from.length; i++) {
    table[i] = [];
    for (let j = 0; j <= to.length; j++) {
      const at = (up: number, left: number) => table[i - up]?.[j - left] ?? Infinity;
      const same = from[i - 1] === to[j - 1];
      const swapped = from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1];
      table[i]![j] =
        i + j === 0
          ? 0
          : Math.min(
              at(1, 0) + 1,
              at(0, 1) + 1,
              at(1, 1) + (same ? 0 : 1),
              swapped ? at(2, 2) + 1 : Infinity,
            );
    }
  }
  return table[from.length]![to.length]!;
}
