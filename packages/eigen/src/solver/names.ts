/** Names of settings, in the words of all packages of eoss, on none of which this one depends. */

import { check, say } from "./error.js";

const isNumber = (value: unknown) => typeof value === "number" && !Number.isNaN(value);
const isFlag = (value: unknown) => typeof value === "boolean";

/** What settings may be that mean the same everywhere, and that no arithmetic looks at. */
const KINDS: Readonly<Record<string, readonly [string, (value: unknown) => boolean]>> = {
  history: ["true, false", isFlag],
  repeated: ["true, false", isFlag],
  signal: [
    "the signal of an AbortController",
    (value) => typeof (value as AbortSignal | null)?.aborted === "boolean",
  ],
  onProgress: ["a function", (value) => typeof value === "function"],
  space: [
    "a space of vectors",
    (value) => typeof (value as { dot?: unknown } | null)?.dot === "function",
  ],
  seed: ["a whole number", Number.isSafeInteger],
  lowerEnd: ["a number", isNumber],
  upperEnd: ["a number", isNumber],
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
      const [allowed, fits] = Object.hasOwn(KINDS, name) ? KINDS[name]! : ["", () => true];
      check(fits(value), `${name} of ${what} is ${say(value)}; allowed: ${allowed}`);
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
  let [before, last]: number[][] = [[], Array.from({ length: to.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= from.length; i++) {
    const row = [i];
    for (let j = 1; j <= to.length; j++) {
      const same = from[i - 1] === to[j - 1];
      const swapped = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1];
      row[j] = Math.min(
        last![j]! + 1,
        row[j - 1]! + 1,
        last![j - 1]! + (same ? 0 : 1),
        swapped ? before![j - 2]! + 1 : Infinity,
      );
    }
    [before, last] = [last, row];
  }
  return last![to.length]!;
}
