import { ConfigError } from "./configError.js";

/**
 * The words of a setting, each of the form name=value.
 *
 * @throws ConfigError naming the word that is not
 */
export function pairs(text: string): Array<[string, string]> {
  const words = text.split(/\s+/).filter((word) => word !== "");
  return words.map((word) => {
    const equals = word.indexOf("=");
    if (equals < 1) throw new ConfigError(`"${text}": ${word} is not of the form name=value`);
    return [word.slice(0, equals), word.slice(equals + 1)];
  });
}
