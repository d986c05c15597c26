import { ALICE_TEXT } from "./aliceText.js";
import { assemble } from "./assemble.js";
import type { Dataset, SplitOptions } from "./dataset.js";
import type { LoadedData } from "./define.js";

/** Characters that a sample sees. */
const TIME = 16;
/** In the order of their codes: the token of a character is its place. */
const ALPHABET = [...new Set(ALICE_TEXT)].sort();

/**
 * Next-character prediction on the first pages of *Alice's Adventures in Wonderland* (1865), embedded in
 * this package: a sample is 16 characters, the targets are the character after each of them. Samples
 * follow each other without overlap, but for the one character.
 *
 * With `samples: N` the samples that training leaves are the test split.
 *
 * @throws DatasetError if there are fewer samples, or none is left for the test split
 * @example
 * alice().inputShape; // [16]
 */
export function alice(options: SplitOptions = {}): Dataset {
  return assemble("alice", loadAlice(), options);
}

export function loadAlice(): LoadedData {
  const count = Math.floor((ALICE_TEXT.length - 1) / TIME);
  const tokens = Uint8Array.from(ALICE_TEXT, (character) => ALPHABET.indexOf(character));
  return {
    inputShape: [TIME],
    task: { kind: "sequence", classes: ALPHABET.length, positions: TIME },
    train: {
      inputs: tokens.subarray(0, count * TIME),
      labels: tokens.subarray(1, count * TIME + 1),
    },
    source: "Lewis Carroll, Alice's Adventures in Wonderland (1865), chapter I; public domain",
  };
}
