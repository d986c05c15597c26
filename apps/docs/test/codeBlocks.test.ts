import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { type PageResult, runPage } from "./runPage.js";

const folder = fileURLToPath(new URL("../pages", import.meta.url));

/** What TypeDoc writes is no page of ours. */
const GENERATED = "reference/api/";

const pages = readdirSync(folder, { recursive: true, encoding: "utf8" })
  .filter((page) => page.endsWith(".md") && !page.startsWith(GENERATED))
  .sort();

describe("the code on the pages", () => {
  const results = new Map<string, PageResult>();

  it.concurrent.each(pages)("%s", async (page) => {
    const result = await runPage(readFileSync(join(folder, page), "utf8"));
    results.set(page, result);
    const failures = result.failures.map(
      (failure) => `${relative(".", join(folder, page))}, ${failure}`,
    );
    expect(failures.join("\n\n")).toBe("");
  });

  afterAll(() => {
    const skipped = [...results].flatMap(([page, { skipped }]) =>
      skipped.map((what) => `  ${page}, ${what}`),
    );
    const ran = [...results.values()].reduce((sum, result) => sum + result.ran, 0);
    console.log(`${ran} programs, commands and files ran; ${skipped.length} were left out:`);
    console.log(skipped.join("\n"));
  });
});
