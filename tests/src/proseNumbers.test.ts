import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

/**
 * A measured number in prose says where it comes from. Its paragraph, list item or table has one of
 *
 *   <!-- numbers: docs/results.md | row of it || another row -->
 *   <!-- measured once: what was done -->
 *
 * and every number of the first must stand in one of the lines that hold those words, rounded to the
 * digits that the prose has. What the site computes when it is built is included, not typed.
 */
const MARKER = /<!-- numbers: ([^|]+?) \| (.+?) -->/g;
const ONCE = /<!-- measured once: .+? -->/;

const root = join(import.meta.dirname, "../..");
const read = (path: string) => readFileSync(join(root, path), "utf8");

/** What is no measurement: code, formulas, addresses, settings, names of sections, references. */
const OTHER = [
  /```[\s\S]*?```/g,
  /^---\n[\s\S]*?\n---/g,
  /\$\$[\s\S]*?\$\$/g,
  /`[^`]*`/g,
  /\$[^$]*\$/g,
  /\]\([^)]*\)/g,
  /<!--[\s\S]*?-->/g,
  /<[^>]*>/g,
  /https?:\S+/g,
  /(?:η|β|b|α|ρ|lr|n|γ|ε|[Ss]cale|tolerance)[₁₂]? (?:=|of|from|→|to) [\d.,]+(?:(?:,| and| to| or) [\d.,]+(?=\D))*/g,
  /(?:definitions?|lemma|section|appendix|appendices|figures?|eq\.|proposition|version|Node ≥|Node|paper)\s+[\d.A-Z]+(?:(?: and|,) [\d.]+)*/g,
  /## References[\s\S]*/g,
];

/** Decimal numbers of a text, and those with an interval. */
const numbersOf = (text: string) =>
  (text.match(/[−-]?\d[\d,]*(?:\.\d+)?(?=\s*±)|(?<=±\s*)\d+(?:\.\d+)?|[−-]?\b\d+\.\d+/g) ?? []).map(
    (number) => number.replace("−", "-").replaceAll(",", ""),
  );

/** Paragraphs, list items and tables, with their markers. */
function blocksOf(page: string): string[] {
  const kept = OTHER.slice(0, 2).reduce((text, pattern) => text.replace(pattern, ""), page);
  return kept.split(/\n\s*\n|\n(?=\s*- )/);
}

const plain = (block: string) => OTHER.reduce((text, pattern) => text.replace(pattern, " "), block);

/** What is wrong with the numbers of a page. */
function faultsOf(page: string, source: (path: string) => string): string[] {
  const [body] = page.split(/^## References/m);
  return blocksOf(body!).flatMap((block) => {
    const numbers = numbersOf(plain(block));
    if (numbers.length === 0 || ONCE.test(block)) return [];
    const markers = [...block.matchAll(MARKER)];
    if (markers.length === 0) return [`says not where it comes from: ${numbers.join(", ")}`];
    const lines = markers.flatMap(([, path, words]) =>
      words!.split(" || ").flatMap((wanted) => {
        const found = source(path!)
          .split("\n")
          .filter((line) => line.includes(wanted) && !line.includes("<!-- numbers:"));
        return found.length > 0 ? found : [`NOT IN ${path}: ${wanted}`];
      }),
    );
    const lost = lines.filter((line) => line.startsWith("NOT IN"));
    const known = lines.flatMap(numbersOf).map(Number);
    const wrong = numbers.filter((number) => {
      const digits = number.split(".")[1]?.length ?? 0;
      const half = (0.5 + 1e-9) * 10 ** -digits;
      return !known.some((value) => Math.abs(Math.abs(value) - Math.abs(Number(number))) <= half);
    });
    return [...lost, ...wrong.map((number) => `${number} is not in ${markers[0]![1]}`)];
  });
}

// Pages made from the packages are there once the site was built: what they say is said in the sources.
const pages = readdirSync(join(root, "apps/docs/pages"), { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".md"))
  .filter((name) => !name.startsWith(join("reference", "api")))
  .map((name) => join("apps/docs/pages", name));

describe("measured numbers in prose stand where they were measured", () => {
  it.each(["README.md", ...pages])("%s", (path) => {
    expect(faultsOf(read(path), read)).toEqual([]);
  });

  it("docs/reproduction.md, but for its tables, which are what was measured", () => {
    const prose = read("docs/reproduction.md").replaceAll(/^\|.*$/gm, "");
    expect(faultsOf(prose, read)).toEqual([]);
  });
});

describe("the test itself", () => {
  const source = () => "| b = 16 | 1.164 ± 0.031 | 0.507 |\n| b = 64 | 1.19 |";
  const faults = (page: string) => faultsOf(page, source);

  it("passes what is there, to the digits of the prose", () => {
    const mark = "<!-- numbers: docs/results.md | b = 16 -->";
    expect(faults(`MiniBS is at 1.16 ± 0.03, FullBS at 0.5, with η = 0.2. ${mark}`)).toEqual([]);
    expect(faults("Two numbers of $x = 0.5$ and `--lr 0.1`.")).toEqual([]);
  });

  it("refuses another number, another row, and a number without a source", () => {
    expect(faults("It is at 1.19. <!-- numbers: docs/results.md | b = 16 -->")).toHaveLength(1);
    expect(faults("It is at 1.164. <!-- numbers: docs/results.md | b = 4 -->")).toHaveLength(2);
    expect(faults("It is at 1.046 ± 0.006 times 2/η.")).toHaveLength(1);
    expect(faults("- It is at 0.6 to 0.8.\n- Nothing.")).toHaveLength(1);
  });
});
