/** Reads texts, for the prediction of the next token. */

import { createHash } from "node:crypto";
import { basename } from "node:path";
import { type BytePairs, bytePairs } from "../bytePairs.js";
import { DatasetError } from "../dataset.js";
import { readWhole } from "./disk.js";
import type { ReadTask } from "./fileDataset.js";
import type { FileOptions } from "./options.js";
import { fault, type RawData, type RawSamples } from "./raw.js";

const USUAL_TIME = 16;
const USUAL_VOCABULARY = 512;

/** What a text is divided into. */
interface Tokens {
  /** In words: "characters". */
  readonly type: string;
  readonly count: number;
  readonly note: string;
  /** @throws DatasetError naming what the training text does not have */
  encode(title: string, text: string): Int32Array;
}

/**
 * Samples of `time` tokens that follow each other without overlap; what is learnt is the token after each.
 */
export function readText({ path, options, beside }: ReadTask): RawData {
  const { time = USUAL_TIME } = options;
  const text = textOf(path);
  const tokens = tokensOf(basename(path), text, options);
  const train = sequences(path, text, tokens, time);
  const held = typeof options.test === "string" ? beside(options.test) : undefined;
  return {
    train,
    ...(held !== undefined && { test: sequences(held, textOf(held), tokens, time) }),
    sequence: { classes: tokens.count, positions: time },
    source: `text ${basename(path)}${held === undefined ? "" : `, ${basename(held)}`}`,
    notes: [tokens.note],
  };
}

function tokensOf(title: string, text: string, options: FileOptions): Tokens {
  const { tokens = "characters", vocabulary } = options;
  if (tokens === "bpe") return ofBytePairs(title, text, vocabulary ?? USUAL_VOCABULARY);
  if (vocabulary === undefined) return ofCharacters(text);
  throw new DatasetError("vocabulary is for byte-pair tokens: add tokens: bpe, or leave it out");
}

/** A token is the place of a character in the order of their codes. */
function ofCharacters(text: string): Tokens {
  const alphabet = [...new Set(text)].sort();
  const places = new Map(alphabet.map((character, token) => [character, token]));
  return {
    type: "characters",
    count: alphabet.length,
    note: `characters: ${JSON.stringify(alphabet.join("")).slice(0, 200)}`,
    encode: (title, own) =>
      Int32Array.from([...own], (character, at) => {
        const token = places.get(character);
        if (token !== undefined) return token;
        throw fault(
          title,
          `character ${at} is ${JSON.stringify(character)}, which the training text does not have`,
        );
      }),
  };
}

function ofBytePairs(title: string, text: string, vocabulary: number): Tokens {
  const pairs = explained(title, () => bytePairs(text, { vocabulary }));
  const { tokens, merges } = pairs;
  const few =
    tokens.length < vocabulary ? ` of the ${vocabulary} asked for: no other pair stands twice` : "";
  return {
    type: "byte-pair tokens",
    count: tokens.length,
    note:
      `byte-pair tokens: ${tokens.length}${few}, ${tokens.length - merges.length} bytes and ${merges.length} merges, made ` +
      `from ${title}, SHA-256 ${hashOf(pairs)}`,
    encode: (own, other) => explained(own, () => pairs.encode(other)),
  };
}

/** Of the alphabet and the merges: what the tokens are, in a line. */
function hashOf({ tokens, merges }: BytePairs): string {
  const alphabet = tokens.slice(0, tokens.length - merges.length).map(([byte]) => byte);
  return createHash("sha256")
    .update(JSON.stringify([alphabet, merges]))
    .digest("hex");
}

function explained<T>(title: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof DatasetError)) throw error;
    throw fault(title, error.message);
  }
}

function textOf(path: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(readWhole(path));
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw fault(path, "it is not a text in UTF-8");
  }
}

function sequences(path: string, text: string, { type, encode }: Tokens, time: number): RawSamples {
  const title = basename(path);
  const tokens = encode(title, text);
  const count = Math.floor((tokens.length - 1) / time);
  if (count < 1)
    throw fault(
      title,
      `it has ${tokens.length} ${type}; a sample of ${time} and the next one need ${time + 1}`,
    );
  const part = (from: number) => ({
    shape: [count, time],
    values: tokens.slice(from, from + count * time),
  });
  return {
    inputs: { data: part(0), type, title },
    answers: { data: part(1), type, title },
  };
}
