import type { Field } from "@eoss/run";
import { numberOrText, settingValue } from "@eoss/run/internal";
import { parseDocument } from "yaml";

/**
 * The value of a flag's text: numbers become numbers, lists are split at commas, `name: value` pairs are
 * read as YAML. Whether the value fits is for `parseSettings` to say.
 */
export function parseFlag(field: Field, text: string | true): unknown {
  const { repeated, schema } = field;
  if (text === true) return true;
  if (repeated) return text;
  if (schema.safeParse({}).success) return parsePairs(text);
  return field.list ? settingValue(field, text) : numberOrText(text);
}

/** What cannot be read stays text, which no schema of pairs takes. */
function parsePairs(text: string): unknown {
  const braced = text.trim().startsWith("{") ? text : `{${text}}`;
  const document = parseDocument(braced, { logLevel: "error" });
  return document.errors.length > 0 ? text : document.toJS();
}
