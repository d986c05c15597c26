import { isForeign } from "@eoss/rng/internal";
import { ConfigError } from "./configError.js";

/**
 * The words of a setting, each of the form name=value.
 *
 * @throws ConfigError naming the word that is not, or a name that is there twice
 */
export function nameValuePairs(text: string): Array<[string, string]> {
  const words = text.split(/\s+/).filter((word) => word !== "");
  const names = new Set<string>();
  return words.map((word) => {
    const equals = word.indexOf("=");
    if (equals < 1) throw new ConfigError(`"${text}": ${word} is not of the form name=value`);
    const name = word.slice(0, equals);
    if (names.has(name)) throw new ConfigError(`"${text}": ${name} is given twice`);
    names.add(name);
    return [name, word.slice(equals + 1)];
  });
}

/** A name and its options: `heavy-ball momentum=0.9`. @throws ConfigError as `nameValuePairs` */
export function nameAndOptions(text: string): { name: string; [option: string]: unknown } {
  const all = text.trim().split(/\s+/);
  // The path of a file may have spaces in it.
  const options = isForeign(all[0]!) ? all.findIndex((word) => /^[\w-]+=/.test(word)) : 1;
  const end = options < 0 ? all.length : options;
  const [name, words] = [all.slice(0, end).join(" "), all.slice(end)];
  return { ...optionsOf(nameValuePairs(words.join(" "))), name };
}

/** Options by their names in code: `weight-decay=0.1`; two numbers stand as `betas=0.9:0.999`. */
export function optionsOf(words: ReadonlyArray<readonly [string, string]>) {
  return Object.fromEntries(
    words.map(([name, value]) => [
      name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase()),
      valueIn(value),
    ]),
  );
}

function valueIn(text: string) {
  if (text === "true" || text === "false") return text === "true";
  return text.includes(":") ? text.split(":").map(numberOrText) : numberOrText(text);
}

/** Settings whose names in code are not those of their flags. */
const FLAGS: Readonly<Record<string, string>> = { learningRate: "lr", batchSize: "batch" };

/** A message with the names that users write: `weightDecay` is `weight-decay`; quoted text is kept. */
export function inUsersNames(message: string): string {
  return message.replace(/"[^"]*"|\b[a-z]+(?:[A-Z][a-z]*)+\b/g, (word) => {
    if (word.startsWith('"')) return word;
    return FLAGS[word] ?? word.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  });
}

const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** What is a number as people write it is one; all else stays text, for a check to refuse or take. */
export function numberOrText(text: string): number | string {
  const digits = text.trim();
  return DECIMAL.test(digits) && numberFault(digits) === undefined ? Number(digits) : text;
}

/** Why a text that looks like a number is none; undefined for all others. */
export function numberFault(text: string): string | undefined {
  const digits = text.trim();
  if (!DECIMAL.test(digits)) {
    // Other digits, and the ways in which programs write numbers.
    const looksSo = /^[+-]?(\p{Nd}[\p{Nd}_,.]*|0[xob][\da-f_]+|inf(inity)?|nan)(e[+-]?\p{Nd}+)?$/iu;
    return looksSo.test(digits) ? "numbers are written as 1000, 0.1 or 1e-3" : undefined;
  }
  const value = Number(digits);
  if (!Number.isFinite(value)) return "it is too large for a number";
  const [mantissa = ""] = digits.split(/e/i);
  if (value === 0 && /[1-9]/.test(mantissa)) return "it is too small for a number";
  return Object.is(value, -0) ? "zero has no sign: write 0" : undefined;
}
