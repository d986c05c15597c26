/** Reads texts, for the prediction of the next character. */

import { basename } from "node:path";
import { readWhole } from "./disk.js";
import type { ReadTask } from "./fileDataset.js";
import { fault, type RawData, type RawSamples } from "./raw.js";

const USUAL_TIME = 16;

/**
 * Samples of `time` characters that follow each other without overlap; what is learnt is the character
 * after each. A token is the place of a character in the order of their codes.
 */
export function readText({ path, options, beside }: ReadTask): RawData {
  const { time = USUAL_TIME } = options;
  const text = charactersOf(path);
  const alphabet = [...new Set(text)].sort();
  const train = sequences(path, text, alphabet, time);
  const held = typeof options.test === "string" ? beside(options.test) : undefined;
  return {
    train,
    ...(held !== undefined && { test: sequences(held, charactersOf(held), alphabet, time) }),
    sequence: { classes: alphabet.length, positions: time },
    source: `text ${basename(path)}${held === undefined ? "" : `, ${basename(held)}`}`,
    notes: [`characters: ${JSON.stringify(alphabet.join("")).slice(0, 200)}`],
  };
}

function charactersOf(path: string): string[] {
  try {
    return [...new TextDecoder("utf-8", { fatal: true }).decode(readWhole(path))];
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw fault(path, "it is not a text in UTF-8");
  }
}

function sequences(
  path: string,
  text: readonly string[],
  alphabet: readonly string[],
  time: number,
): RawSamples {
  const title = basename(path);
  const count = Math.floor((text.length - 1) / time);
  if (count < 1)
    throw fault(
      title,
      `it has ${text.length} characters; a sample of ${time} and the next one need ${time + 1}`,
    );
  const places = new Map(alphabet.map((character, token) => [character, token]));
  const tokens = Int32Array.from(text, (character, at) => {
    const token = places.get(character);
    if (token !== undefined) return token;
    throw fault(
      title,
      `character ${at} is ${JSON.stringify(character)}, which the training text does not have`,
    );
  });
  const part = (from: number) => ({
    shape: [count, time],
    values: tokens.slice(from, from + count * time),
  });
  return {
    inputs: { data: part(0), type: "characters", title },
    answers: { data: part(1), type: "characters", title },
  };
}
