import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import * as eigen from "@eoss/eigen";
import { transformSync } from "esbuild";
import { describe, expect, it } from "vitest";

const path = fileURLToPath(new URL("../README.md", import.meta.url));
const readme = readFileSync(path, "utf8");
const examples = Array.from(
  readme.matchAll(/### (.+)\n[^`]*```ts\n([\s\S]*?)```\n\n```text\n([\s\S]*?)```/g),
  ([, title, code, output]) => ({ title: title!, code: code!, output: output! }),
);

/** Runs a block of the README with this package, and returns what it logged. */
function run(code: string): string {
  const body = code.replace(/import (\{[^}]*\}) from "@eoss\/eigen";/g, "const $1 = eigen;");
  const js = transformSync(body, { loader: "ts" }).code;
  const lines: string[] = [];
  const log = (...values: unknown[]) => lines.push(values.map(String).join(" "));
  new Function("eigen", "console", js)(eigen, { log });
  return `${lines.join("\n")}\n`;
}

describe("README", () => {
  it("has examples", () => expect(examples.length).toBeGreaterThanOrEqual(4));

  it.each(examples)("$title: prints what it says", ({ code, output }) => {
    expect(run(code)).toBe(output);
  });

  it("names only functions that exist", () => {
    const section = readme.split("## Which solver")[1]!.split("\n## ")[0]!;
    const table = section.replace(/^[^|].*$/gm, "");
    const names = Array.from(table.matchAll(/`([a-zA-Z]+)/g), ([, name]) => name!);
    expect(names.length).toBeGreaterThan(12);
    for (const name of names) expect(eigen, name).toHaveProperty(name);
  });
});
