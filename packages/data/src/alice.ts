import { ALICE_TEXT } from "./aliceText.js";
import { checkSplit, type Dataset, DatasetError, type SplitOptions } from "./dataset.js";
import { divide } from "./order.js";

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
 */
export function alice(options: SplitOptions = {}): Dataset {
  checkSplit("alice", options);
  const { samples, split = "train" } = options;
  const count = Math.floor((ALICE_TEXT.length - 1) / TIME);
  // One class: an order that shuffles all samples.
  const { used, left } = divide("alice", new Uint8Array(count), 1, samples);
  const chosen = split === "train" ? used : left;
  if (chosen.length === 0) {
    throw new DatasetError(
      `alice: no sample is left for the test split; it holds what training leaves, so ask for samples ` +
        `below ${count}`,
    );
  }
  const tokens = Uint8Array.from(ALICE_TEXT, (character) => ALPHABET.indexOf(character));
  const part = (shift: number) =>
    Array.from(chosen, (sample) => [...tokens.subarray(sample * TIME + shift).subarray(0, TIME)]);
  return {
    name: "alice",
    inputShape: [TIME],
    classes: ALPHABET.length,
    samples: chosen.length,
    images: Float32Array.from(part(0).flat()),
    labels: Uint8Array.from(part(1).flat()),
    positions: TIME,
    preprocessing: { maxPixel: 1, mean: [0], std: [1] },
    source: "Lewis Carroll, Alice's Adventures in Wonderland (1865), chapter I; public domain",
  };
}
