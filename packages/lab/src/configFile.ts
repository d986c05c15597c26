import { readFileSync } from "node:fs";
import { parseDocument } from "yaml";
import { ConfigError } from "./configError.js";

/**
 * Reads settings from a JSON or YAML file (JSON is YAML).
 *
 * @returns settings by flag name, unchecked
 * @throws ConfigError naming the file, and the line where its syntax is wrong
 */
export function readConfigFile(path: string): Record<string, unknown> {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw new ConfigError(`${path} cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
  const document = parseDocument(text);
  const problem = document.errors[0];
  if (problem !== undefined) throw new ConfigError(`${path}: ${problem.message}`);
  const content: unknown = document.toJS();
  if (content === null || typeof content !== "object" || Array.isArray(content)) {
    throw new ConfigError(`${path}: expected settings by name, such as "lr: 0.01"`);
  }
  return content as Record<string, unknown>;
}
