import type { z } from "zod";
import { cut } from "./shortText.js";

/** What a schema finds wrong with a value, e.g. `"end.step" is missing`, without its file. */
export function issueText({ path, message }: Pick<z.core.$ZodIssue, "path" | "message">): string {
  const missing = message.endsWith("received undefined");
  const said = missing ? "is missing" : cut(message, 300);
  if (path.length === 0) return said;
  const name = `"${cut(path.map(String).join("."), 80)}"`;
  return missing ? `${name} ${said}` : `${name}: ${said}`;
}
