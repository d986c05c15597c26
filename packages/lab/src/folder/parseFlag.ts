import type { Field } from "@eoss/run";
import { parseDocument } from "yaml";

/**
 * The value of a flag's text: numbers become numbers, lists are split at commas, `name: value` pairs are
 * read as YAML. Whether the value fits is for `parseSettings` to say.
 */
export function parseFlag({ list, repeated, schema }: Field, text: string | true): unknown {
  if (text === true) return true;
  if (repeated) return text;
  if (schema.safeParse({}).success) return parsePairs(text);
  const scalar = (part: string) =>
    part.trim() !== "" && !Number.isNaN(Number(part)) ? Number(part) : part;
  if (!list) return scalar(text);
  return text === "" ? [] : text.split(",").map((part) => scalar(part.trim()));
}

/** What cannot be read stays text, which no schema of pairs takes. */
function parsePairs(text: string): unknown {
  const braced = text.trim().startsWith("{") ? text : `{${text}}`;
  const document = parseDocument(braced, { logLevel: "error" });
  return document.errors.length > 0 ? text : document.toJS();
}
