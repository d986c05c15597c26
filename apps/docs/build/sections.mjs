import { readFileSync } from "node:fs";

const packages = new URL("../../../packages/", import.meta.url);

/**
 * Sections of a package's README, each from its heading to the next of its level.
 *
 * @throws Error if a heading is not there
 */
export function sections(name, headings) {
  const text = readFileSync(new URL(`${name}/README.md`, packages), "utf8");
  const parts = text.split(/^(?=## )/m);
  return headings
    .map((heading) => {
      const part = parts.find((one) => one.startsWith(`## ${heading}\n`));
      if (part === undefined) throw new Error(`the README of ${name} has no section "${heading}"`);
      return part.trim();
    })
    .join("\n\n");
}
