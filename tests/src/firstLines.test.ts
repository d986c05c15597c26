import { readdirSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** Sources of the packages and of the site; tests say in their own words what they are for. */
const sources = [...readdirSync(`${root}packages`).map((name) => `packages/${name}`), "apps/docs"]
  .flatMap((folder) =>
    readdirSync(`${root}${folder}/src`, { recursive: true, encoding: "utf8" }).map(
      (file) => `${folder}/src/${file}`,
    ),
  )
  .filter((file) => file.endsWith(".ts") && !/\.(test|fixture|d)\.ts$/.test(file));

const EXPORT =
  /^export (?:default )?(?:declare )?(?:async )?(?:abstract )?(?:function\*?|const|class|interface|type) (\w+)/gm;

/** Whether a file opens with a comment, or its main export has one: that of its name, or the first. */
function saysWhatItIsFor(file: string, text: string): boolean {
  const body = text.replace(/^(?:#!.*\n|\/\/ biome-ignore.*\n|\s+)+/, "");
  if (/^\/[/*]/.test(body)) return true;
  const exported = [...text.matchAll(EXPORT)];
  const own = basename(file, ".ts").toLowerCase();
  const main = exported.find(([, name]) => name!.toLowerCase() === own) ?? exported[0];
  return main !== undefined && /\*\/\n(?:\/\/.*\n)*$/.test(text.slice(0, main.index));
}

it("each source file opens with a line that says what it is for, or its main export does", () => {
  expect(sources.length).toBeGreaterThan(300);
  const silent = sources.filter(
    (file) => !saysWhatItIsFor(file, readFileSync(root + file, "utf8")),
  );
  expect(silent).toEqual([]);
});

it("finds a file that says nothing", () => {
  expect(
    saysWhatItIsFor("a/b.ts", "export interface Options {}\n\n/** B. */\nexport const c = 1;\n"),
  ).toBe(false);
  expect(
    saysWhatItIsFor("a/b.ts", "export interface Options {}\n\n/** B. */\nexport const b = 1;\n"),
  ).toBe(true);
  expect(saysWhatItIsFor("a/b.ts", '/** B. */\n\nimport x from "x";\n')).toBe(true);
  expect(saysWhatItIsFor("a/b.ts", 'export * from "./x.js";\n')).toBe(false);
});
