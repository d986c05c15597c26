/** What a Python value of `argparse` is here; a list of anything else than numbers is its text. */
export type PythonValue = number | string | boolean | null | readonly number[];

const PAIR = /(\w+)=('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|\[[^\]]*\]|[^,()\s]+)/g;

/** The arguments in the text of an `argparse.Namespace(...)`, by name. */
export function parseArguments(text: string): Readonly<Record<string, PythonValue>> {
  const pairs = [...text.matchAll(PAIR)];
  return Object.fromEntries(pairs.map(([, name, value]) => [name!, fromPython(value!)]));
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
