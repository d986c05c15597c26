import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const root = new URL("../../", import.meta.url);
const textOf = (path: string) => readFileSync(new URL(path, root), "utf8");
const folders = readdirSync(new URL("packages/", root));
const page = textOf("docs/api-stability.md");

it("the page says of every package what becomes of it at 1.0", () => {
  const listed = [...page.matchAll(/^\| `(@eoss\/\w+)` \|/gm)].map(([, name]) => name);
  expect(listed.toSorted()).toEqual(folders.map((name) => `@eoss/${name}`).toSorted());
});

// A mark that the report does not show would be a promise to its reader.
describe.each(folders)("%s", (folder) => {
  const sources = readdirSync(new URL(`packages/${folder}/src`, root), { recursive: true })
    .map(String)
    .filter((file) => /\.ts$/.test(file) && !/\.(test|fixture)\.ts$/.test(file));
  const marked = sources.flatMap((file) =>
    [
      ...textOf(`packages/${folder}/src/${file}`).matchAll(
        /@experimental[\s\S]*?\*\/\s*export (?:interface|type|class|function|const) (\w+)/g,
      ),
    ].map(([, name]) => name!),
  );

  it.skipIf(marked.length === 0)("its report shows what is experimental", () => {
    const report = textOf(`packages/${folder}/api.md`);
    for (const name of marked) {
      expect(report, name).toMatch(
        new RegExp(`// Experimental: .*\n(interface|type|class|function|const) ${name}\\b`),
      );
    }
  });
});
