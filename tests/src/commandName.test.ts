import { readdirSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";
import { expect, it } from "vitest";

const root = join(import.meta.dirname, "../..");
const FOLDERS = ["apps", "bench", "docs", "examples", "packages", "python", "scripts"];
const TEXTS = new Set([".md", ".ts", ".js", ".mjs", ".py", ".toml", ".yaml", ".json", ".ipynb"]);
const BUILT = new Set(["node_modules", "dist", ".vitepress", ".turbo", "api"]);

/** Outside of a clone `npx eoss` runs whatever package of that name somebody has published. */
const WRONG = /npx (--yes )?eoss\b/;

function textsIn(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return BUILT.has(entry.name) ? [] : textsIn(path);
    return TEXTS.has(extname(entry.name)) ? [path] : [];
  });
}

it("the command is called by npx in a clone alone, and every line that does so says that", () => {
  const present = FOLDERS.filter((folder) => readdirSync(root).includes(folder));
  const files = [...present.flatMap(textsIn), "README.md", "CONTRIBUTING.md"];
  expect(files.length).toBeGreaterThan(500);
  const wrong = files.flatMap((file) =>
    readFileSync(join(root, file), "utf8")
      .split("\n")
      .flatMap((line, i) => (WRONG.test(line) && !/clone/.test(line) ? [`${file}:${i + 1}`] : [])),
  );
  expect(wrong).toEqual([]);
});
