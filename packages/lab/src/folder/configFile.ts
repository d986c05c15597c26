import { ConfigError } from "@eoss/run";
import { SourceFile } from "./sourceFile.js";

/**
 * Reads settings from a JSON or YAML file (JSON is YAML).
 *
 * @returns settings by flag name, unchecked
 * @throws ConfigError naming the file, and the line where its syntax is wrong
 */
export function readConfigFile(path: string): Record<string, unknown> {
  const { value: content } = SourceFile.read(path);
  if (content === null || typeof content !== "object" || Array.isArray(content)) {
    throw new ConfigError(`${path}: expected settings by name, such as "lr: 0.01"`);
  }
  return content as Record<string, unknown>;
}
