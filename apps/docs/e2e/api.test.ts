import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hasChromium, openPage, openSite, type Site } from "./site.js";

const pages = fileURLToPath(new URL("../pages/reference/api", import.meta.url));
const packages = fileURLToPath(new URL("../../../packages", import.meta.url));

const files = readdirSync(pages, { recursive: true, encoding: "utf8" }).filter((name) =>
  name.endsWith(".md"),
);
const textOf = (file: string) => readFileSync(join(pages, file), "utf8");

/** All pages of an entry: its own, and those of its tasks. */
function textOfEntry(entry: string): string {
  const own = (file: string) => file === `${entry}.md` || relative(entry, file)[0] !== ".";
  return files.filter(own).map(textOf).join("\n");
}

/** The entries of the packages, each with its built file. */
const entries = readdirSync(packages).flatMap((folder) => {
  const file = join(packages, folder, "package.json");
  if (!existsSync(file)) return [];
  const { bin, exports = {} } = JSON.parse(readFileSync(file, "utf8"));
  return Object.entries<{ "@eoss/source"?: string; default?: string }>(exports)
    .filter(([entry, target]) => !bin && target["@eoss/source"] && entry !== "./internal")
    .map(
      ([entry, target]) => [join(folder, entry), join(packages, folder, target.default!)] as const,
    );
});

describe("the API by task", () => {
  it.each(entries)("@eoss/%s: what it exports is described", async (entry, built) => {
    const text = textOfEntry(entry);
    const names = Object.keys(await import(pathToFileURL(built).href));
    expect(names.length).toBeGreaterThan(0);
    const said = (name: string) => text.includes(`{#${name}}`) || text.includes(`[\`${name}\`](`);
    expect(names.filter((name) => !said(name))).toEqual([]);
  });

  it("opens the eigensolvers with lanczos", () => {
    const first = textOf("eigen.md").match(/^\| \[`(\w+)`\]/m);
    expect(first?.[1]).toBe("lanczos");
    expect(textOf("eigen/lanczos.md").match(/^## (\w+)/m)?.[1]).toBe("lanczos");
  });

  it("shows how each function, constant and class is imported", () => {
    const sections = files.flatMap((file) =>
      textOf(file)
        .split(/^(?=#{2,4} .*\{#)/m)
        .slice(1),
    );
    const values = sections.filter((section) => /^(?:Returns |Type: )/m.test(section));
    expect(values.length).toBeGreaterThan(400);
    expect(values.filter((section) => !/^import \{/m.test(section))).toEqual([]);
  });

  it("takes no line about an entry for the text of an export", () => {
    const headers = readdirSync(packages).flatMap((folder) => {
      try {
        const [line = ""] = readFileSync(join(packages, folder, "src/index.ts"), "utf8").split(
          "\n",
        );
        return [line.replace(/^\/[/*]+ | \*\/$/g, "")];
      } catch {
        return [];
      }
    });
    const all = files.map(textOf).join("\n");
    expect(headers.filter((line) => all.includes(line))).toEqual([]);
  });
});

describe.runIf(hasChromium)("the API in Chromium", () => {
  let site: Site;

  beforeAll(async () => {
    site = await openSite();
  });

  afterAll(() => site?.close());

  it("has no page of more than twenty screens", async () => {
    const height = 900;
    const long: string[] = [];
    const { page, context } = await openPage(site, "/reference/api/", {
      viewport: { width: 1280, height },
    });
    for (const file of files) {
      await page.goto(`${site.origin}/reference/api/${file.replace(/\.md$/, ".html")}`);
      const screens = (await page.evaluate(() => document.documentElement.scrollHeight)) / height;
      if (screens > 20) long.push(`${file}: ${screens.toFixed(1)}`);
    }
    await context.close();
    expect(long).toEqual([]);
  });
});
