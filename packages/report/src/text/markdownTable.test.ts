import { expect, it } from "vitest";
import { markdownTable } from "./markdownTable.js";

it("has texts in its cells: no HTML, no links, no cells of their own", () => {
  const evil = [
    "<img src=x onerror=alert(1)>",
    "a|b",
    "[x](javascript:y)",
    "`c`",
    "\\",
    "1 & 2\n3",
  ];
  expect(
    markdownTable(
      ["run"],
      evil.map((cell) => [cell]),
    ),
  ).toBe(
    [
      "| run |",
      "| --- |",
      "| &lt;img src=x onerror=alert(1)&gt; |",
      "| a\\|b |",
      "| \\[x\\](javascript:y) |",
      "| \\`c\\` |",
      "| \\\\ |",
      "| 1 &amp; 2 3 |",
      "",
    ].join("\n"),
  );
});
