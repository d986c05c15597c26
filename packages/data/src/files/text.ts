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

/** A text, or a part of one. */
interface Part {
  /** What messages call it. */
  readonly title: string;
  readonly text: string;
}

/**
 * Samples of `time` tokens that follow each other without overlap; what is learnt is the token after each.
 *
 * A share that is held out is the last part of the text, cut off before there are tokens: pairs are made from
 * what stands before it.
 */
export function readText({ path, options, beside }: ReadTask): RawData {
  const { time = USUAL_TIME, test } = options;
  const whole = { title: basename(path), text: textOf(path) };
  const [own, rest] = typeof test === "number" ? dividedAt(whole, 1 - test) : [whole];
  const tokens = tokensOf(own, whole.text, options);
  const train = sequences(own, tokens, time);
  const file = typeof test === "string" ? beside(test) : undefined;
  const held = file === undefined ? rest : { title: basename(file), text: textOf(file) };
  return {
    train,
    ...(held !== undefined && { test: sequences(held, tokens, time) }),
    holdsOut: true,
    sequence: { classes: tokens.count, positions: time },
    source: `text ${whole.title}${file === undefined ? "" : `, ${basename(file)}`}`,
    notes: [tokens.note, ...(rest === undefined ? [] : strangersIn(own, rest))],
  };
}

/** The two parts of a text, of which the first has a share of its characters. */
function dividedAt({ title, text }: Part, share: number): [Part, Part] {
  const characters = [...text];
  const cut = Math.round(share * characters.length);
  return [
    { title: `${title}, its first ${cut} characters`, text: characters.slice(0, cut).join("") },
    {
      title: `${title}, its last ${characters.length - cut} characters`,
      text: characters.slice(cut).join(""),
    },
  ];
}

/** That characters stand in the held-out part alone, if some do: they have tokens that nothing is learnt about. */
function strangersIn(own: Part, rest: Part): string[] {
  const known = new Set(own.text);
  const strange = [...new Set(rest.text)].filter((character) => !known.has(character)).sort();
  if (strange.length === 0) return [];
  return [
    `${strange.length} of the characters stand in the test samples alone: ${shown(strange)}; they have tokens, and no ` +
      "training sample has them",
  ];
}

function tokensOf(own: Part, whole: string, options: FileOptions): Tokens {
  const { tokens = "characters", vocabulary } = options;
  if (tokens === "bpe") return ofBytePairs(own, whole, vocabulary ?? USUAL_VOCABULARY);
  if (vocabulary === undefined) return ofCharacters(whole);
  throw new DatasetError("vocabulary is for byte-pair tokens: add tokens: bpe, or leave it out");
}

/** A token is the place of a character in the order of their codes. */
function ofCharacters(text: string): Tokens {
  const alphabet = [...new Set(text)].sort();
  const places = new Map(alphabet.map((character, token) => [character, token]));
  return {
    type: "characters",
    count: alphabet.length,
    note: `characters: ${shown(alphabet)}`,
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

function shown(characters: readonly string[]): string {
  return JSON.stringify(characters.join("")).slice(0, 200);
}

function ofBytePairs({ title, text }: Part, whole: string, vocabulary: number): Tokens {
  const pairs = explained(title, () => bytePairs(text, { vocabulary, alphabetOf: whole }));
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

function sequences({ title, text }: Part, { type, encode }: Tokens, time: number): RawSamples {
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
