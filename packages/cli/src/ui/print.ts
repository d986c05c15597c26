import { once } from "node:events";
import pc from "picocolors";

/** Characters that do something: control characters, and those that turn lines or their direction. */
const ACTIVE = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/** Bold, dim, red, green, yellow, and their ends: what this program itself writes. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: a style begins with one
const STYLE = /\u001b\[(?:1|2|22|31|32|33|39)m/y;

/**
 * A text as a terminal may have it. Names and messages of a run are a stranger's: their control
 * characters could move the cursor, hide lines or write to the clipboard. They are shown as `\u001b`,
 * which means the same in JSON; line feeds, tabs and the styles of this program are kept.
 */
export function plain(text: string): string {
  return text.replace(ACTIVE, (character, place: number) => {
    STYLE.lastIndex = place;
    const isKept = /[\n\t]/.test(character) || (pc.isColorSupported && STYLE.test(text));
    return isKept ? character : escaped(character);
  });
}

/** As `plain`, in one line and without styles: in a table no text begins a row of its own. */
export function oneLine(text: string): string {
  return text.replace(ACTIVE, escaped);
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

let write = (text: string): boolean => process.stdout.write(text);

/** Keeps stdout for results: what code of users prints, as with `console.log`, goes to stderr. */
export function keepStdout(): void {
  write = process.stdout.write.bind(process.stdout);
  process.stdout.write = process.stderr.write.bind(process.stderr);
}

/** Writes lines to stdout, where results go. */
export function print(text: string): void {
  write(lines(text));
}

/** Writes a part of a long result to stdout, and waits until there is room for the next. */
export async function printPart(text: string): Promise<void> {
  if (!write(plain(text))) await once(process.stdout, "drain");
}

/** Writes lines to stderr, where all else goes. */
export function say(text: string): void {
  process.stderr.write(lines(text));
}

function lines(text: string): string {
  return plain(text.endsWith("\n") ? text : `${text}\n`);
}
