import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { describe, expect, it } from "vitest";
import { built } from "./site.js";

/** A page of the built site: what can be linked to in it, and what it links to. */
interface Page {
  readonly path: string;
  readonly ids: ReadonlySet<string>;
  readonly links: readonly string[];
}

const files = readdirSync(built, { recursive: true, encoding: "utf8" });
const pages = files.filter((file) => file.endsWith(".html")).map(read);

function read(file: string): Page {
  const html = readFileSync(join(built, file), "utf8");
  const all = (pattern: RegExp) => [...html.matchAll(pattern)].map(([, text]) => unescaped(text!));
  return {
    path: `/${file}`,
    ids: new Set(all(/\sid="([^"]*)"/g)),
    links: all(/\s(?:href|src)="([^"]*)"/g),
  };
}

function unescaped(text: string): string {
  return text.replaceAll("&amp;", "&").replaceAll("&#39;", "'").replaceAll("&quot;", '"');
}

const isExternal = (link: string) => /^[a-z]+:/i.test(link);

/** What is wrong with a link of a page, if anything. */
function problemOf({ path, ids }: Page, link: string): string | undefined {
  const { pathname, hash } = new URL(link, `http://site${path}`);
  const [file, anchor] = [decodeURIComponent(pathname), decodeURIComponent(hash.slice(1))];
  const name = file.endsWith("/") ? `${file}index.html` : file;
  if (!files.includes(relative("/", name))) return `${path}: ${link} leads nowhere`;
  const target = name === path ? ids : pages.find((page) => page.path === name)?.ids;
  if (anchor === "" || target?.has(anchor)) return undefined;
  return `${path}: ${link}: there is no such place on ${name}`;
}

describe("the links of the site", () => {
  it("lead to pages and places that are there", () => {
    expect(pages.length).toBeGreaterThan(20);
    const problems = pages.flatMap((page) =>
      page.links.filter((link) => !isExternal(link)).map((link) => problemOf(page, link)),
    );
    expect(problems.filter((problem) => problem !== undefined)).toEqual([]);
  });

  it("to elsewhere are well-formed and encrypted", () => {
    const external = new Set(pages.flatMap(({ links }) => links.filter(isExternal)));
    external.delete("data:,");
    console.log([...external].sort().join("\n"));
    const wrong = [...external].filter(
      (link) => !URL.canParse(link) || new URL(link).protocol !== "https:",
    );
    expect(wrong).toEqual([]);
  });

  it("are refused where they are broken", () => {
    const [page] = pages;
    expect(problemOf(page!, "/no-such-page.html")).toMatch(/leads nowhere/);
    expect(problemOf(page!, "/start/tour.html#no-such-place")).toMatch(/no such place/);
    expect(problemOf(page!, "/start/tour.html")).toBeUndefined();
  });
});

/** Formulas that reached the reader as they were typed: an index with its underscore, TeX, Markdown. */
function rawFormulas(html: string): string[] {
  const shown = html
    .replace(/<(pre|code|script|annotation|svg|style)\b.*?<\/\1>/gs, " ")
    .replace(/<[^>]+>/g, "");
  const index = /(?<![A-Za-z0-9_])(?:max|min|[A-Za-z\u0370-\u03ff∇ℓ])_[\w{(−]{1,3}(?!\w)/gu;
  const tex = /\\(?:\||[a-zA-Z]{2,})|\$[^$\n]{1,40}\$/g;
  return [...shown.matchAll(index), ...shown.matchAll(tex)].map(([text]) => text);
}

const cellsOf = (path: string) =>
  [...readFileSync(join(built, path), "utf8").matchAll(/<td.*?<\/td>/gs)].map(([cell]) => cell);

describe("formulas", () => {
  it("reach the reader set, not as they were typed", () => {
    const raw = pages.flatMap(({ path }) =>
      rawFormulas(readFileSync(join(built, path), "utf8")).map((text) => `${path}: ${text}`),
    );
    expect(raw).toEqual([]);
  });

  it("have norms with two lines: in a cell of a table \\| is one", () => {
    const single = pages.flatMap(({ path }) =>
      cellsOf(path)
        .flatMap((cell) => [...cell.matchAll(/<annotation[^>]*>([^<]*)</g)])
        .filter(([, tex]) => /\|/.test(tex!.replaceAll("\\|", "")))
        .map(([, tex]) => `${path}: ${tex}`),
    );
    expect(single).toEqual([]);
  });

  it("are found where they are raw", () => {
    expect(rawFormulas("<p>E[gᵀH_B g]</p>")).toEqual(["H_B"]);
    expect(rawFormulas("<p>\\|g\\| and last_step</p>")).toHaveLength(2);
    expect(rawFormulas("<code>g_B</code><p>E<sub>B</sub>[g]</p>")).toEqual([]);
  });
});

describe("what is made when the site is built", () => {
  const text = (path: string) => readFileSync(join(built, path), "utf8");

  it("is on every page of the concepts: figure and formulas, without an error", () => {
    const concepts = files.filter((file) => dirname(file) === "concepts" && /html$/.test(file));
    const made = concepts.filter((file) => /<figure class="made".*<svg/s.test(text(file)));
    expect(made).toHaveLength(8);
    for (const file of concepts) {
      // A figure of runs that are too long for the build is a file.
      expect(made.includes(file) || /<img [^>]*\.svg"/.test(text(file)), file).toBe(true);
      expect(text(file), file).toContain('class="katex"');
      expect(text(file), file).not.toContain("katex-error");
    }
  });

  it("has every flag of training and every quantity", async () => {
    const { trainFields } = await import("@eoss/run");
    const { quantities } = await import("@eoss/sharpness");
    for (const name of Object.keys(trainFields)) {
      expect(text("reference/cli.html")).toContain(`id="train-${name}"`);
    }
    for (const name of Object.keys(quantities)) {
      expect(text("reference/accuracy.html")).toContain(`id="${name}"`);
    }
  });
});
