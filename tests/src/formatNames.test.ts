import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { expect, it } from "vitest";

/** The file that knows a name of the formats, and texts of the name elsewhere. */
const OWNERS = {
  "step-loss": "packages/run/src/formats/names.ts",
  "eoss-run": "packages/run/src/formats/names.ts",
} as const;
/** Reasons for which a run ends, and the file that lists them. */
const ENDS = "packages/run/src/formats/ends.ts";
const REASONS = [
  "completed",
  "stop-loss",
  "stop-accuracy",
  "stop-plateau",
  "diverged",
  "time-limit",
  "interrupted",
  "failed",
];
/** Says each of them in words; the compiler holds it to the list. */
const ENDINGS = "packages/report/src/page/runSection.ts";

const root = join(import.meta.dirname, "../..");
const paths = [
  ...readdirSync(join(root, "packages")).map((name) => `packages/${name}/src`),
  "apps/docs/src",
  "apps/docs/build",
]
  .flatMap((folder) =>
    readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
      .filter((entry) => entry.isFile() && /\.(ts|mts|mjs|js)$/.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1)),
  )
  .filter((path) => !/node_modules|\/dist\/|\.(test|fixture|d)\.ts$/.test(path));

/** The texts that stand in a file, without those of its comments; in SQL and other texts too. */
function textsOf(path: string): string[] {
  const file = ts.createSourceFile(
    path,
    readFileSync(join(root, path), "utf8"),
    ts.ScriptTarget.Latest,
    true,
  );
  const texts: string[] = [];
  const visit = (node: ts.Node) => {
    if (
      ts.isStringLiteralLike(node) ||
      ts.isTemplateHead(node) ||
      ts.isTemplateMiddle(node) ||
      ts.isTemplateTail(node)
    )
      texts.push(node.text);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return texts;
}

/** The texts in each list of a file, and the keys of each object. */
function listsOf(path: string): string[][] {
  const file = ts.createSourceFile(
    path,
    readFileSync(join(root, path), "utf8"),
    ts.ScriptTarget.Latest,
    true,
  );
  const lists: string[][] = [];
  const visit = (node: ts.Node) => {
    if (ts.isArrayLiteralExpression(node))
      lists.push(node.elements.flatMap((one) => (ts.isStringLiteralLike(one) ? one.text : [])));
    if (ts.isObjectLiteralExpression(node))
      lists.push(
        node.properties.flatMap(({ name }) =>
          name && (ts.isIdentifier(name) || ts.isStringLiteralLike(name)) ? name.text : [],
        ),
      );
    ts.forEachChild(node, visit);
  };
  visit(file);
  return lists;
}

it("a name of the formats is written in one file", () => {
  const texts = new Map(paths.map((path) => [path, textsOf(path)]));
  for (const [name, owner] of Object.entries(OWNERS)) {
    const word = new RegExp(`(?<![\\w-])${name}(?![\\w.-])`);
    const knowing = paths.filter((path) => texts.get(path)!.some((text) => word.test(text)));
    expect(knowing, name).toEqual([owner]);
  }
});

it("one file lists why runs end", () => {
  // Four of them are names of settings too.
  const listing = paths.filter((path) =>
    listsOf(path).some((list) => REASONS.filter((one) => list.includes(one)).length > 4),
  );
  expect(listing.sort()).toEqual([ENDINGS, ENDS].sort());
});
