/** What a Python value of `argparse` is here; a list of anything else than numbers is its text. */
export type PythonValue = number | string | boolean | null | readonly number[];

const QUOTED = /'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"/y;
const PLAIN = /[^,()\s]+/y;

/**
 * The arguments in the text of an `argparse.Namespace(...)`, by name. Each character is looked at once
 * or twice, however the text is made.
 */
export function parseArguments(text: string): Readonly<Record<string, PythonValue>> {
  const found: Array<[name: string, value: PythonValue]> = [];
  let done = 0;
  for (let equals = text.indexOf("="); equals >= 0; equals = text.indexOf("=", done)) {
    let begin = equals;
    while (begin > done && /\w/.test(text[begin - 1]!)) begin--;
    const value = valueAt(text, equals + 1);
    if (begin < equals && value !== "") found.push([text.slice(begin, equals), fromPython(value)]);
    done = equals + 1 + value.length;
  }
  return Object.fromEntries(found);
}

function valueAt(text: string, at: number): string {
  if (text[at] === "[") {
    const end = text.indexOf("]", at);
    if (end >= 0) return text.slice(at, end + 1);
  }
  for (const form of [QUOTED, PLAIN]) {
    form.lastIndex = at;
    const [value] = form.exec(text) ?? [];
    if (value !== undefined) return value;
  }
  return "";
}

function fromPython(text: string): PythonValue {
  if (text === "None") return null;
  if (text === "True" || text === "False") return text === "True";
  if (/^['"]/.test(text)) return text.slice(1, -1).replace(/\\(.)/g, "$1");
  if (text.startsWith("[")) {
    const items = text.slice(1, -1).split(",").map(Number);
    return items.every(Number.isFinite) ? items : text;
  }
  const number = Number(text);
  return Number.isFinite(number) ? number : text;
}
