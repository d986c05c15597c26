import type { z } from "zod";

/** What a schema finds wrong with a value, e.g. `"end.step" is missing`, without its file. */
export function issueText({ path, message }: Pick<z.core.$ZodIssue, "path" | "message">): string {
  const missing = message.endsWith("received undefined");
  const said = missing ? "is missing" : message;
  if (path.length === 0) return said;
  const name = `"${path.map(String).join(".")}"`;
  return missing ? `${name} ${said}` : `${name}: ${said}`;
}
