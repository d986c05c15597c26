import { duration, short, withError } from "@eoss/run";
import { compact, integer } from "@eoss/run/internal";
import { describe, expect, it } from "vitest";
import { escapeText, html, raw } from "../page/html.js";

describe("html", () => {
  it("escapes every inserted text, also in attributes and lists", () => {
    const evil = `<script>"&'</script>`;
    const safe = "&lt;script&gt;&quot;&amp;&#39;&lt;/script&gt;";
    expect(html`<p title="${evil}">${[evil, evil]}</p>`.text).toBe(
      `<p title="${safe}">${safe}${safe}</p>`,
    );
    expect(escapeText(evil)).toBe(safe);
  });

  it("keeps markup, and prints nothing for nothing", () => {
    expect(html`${html`<b>${"<"}</b>`}${raw("<i>")}${null}${undefined}${false}${0}`.text).toBe(
      "<b>&lt;</b><i>0",
    );
  });
});

describe("numbers", () => {
  it.each([
    [8, "8"],
    [0, "0"],
    [10.04, "10"],
    [0.0012345, "0.00123"],
    [1536, "1,536"],
    [123456.7, "123,457"],
    [2.5e7, "2.50e7"],
    [3e-9, "3.00e-9"],
    [Number.NaN, "–"],
  ])("short(%d) = %s", (value, text) => expect(short(value)).toBe(text));

  it.each([
    [1.0338, 0.0123, "1.034 ± 0.012"],
    [0.5, 0.25, "0.50 ± 0.25"],
    [123.4, 17.9, "123 ± 18"],
    [-0.02, 0.1, "−0.02 ± 0.10"],
    [0.5432, 0, "0.543"],
    [0.5432, Number.NaN, "0.543"],
    [Number.NaN, 0.1, "–"],
  ])("withError(%d, %d) = %s", (value, error, text) =>
    expect(withError(value, error).replaceAll("\u00a0", " ")).toBe(text),
  );

  it("signs a change", () => {
    expect(withError(0.1, 0.01, true)).toBe("+0.100\u00a0±\u00a00.010");
  });

  it("writes durations and steps as people do", () => {
    expect([0.0312, 12.5, 59.96, 131.5, 7500].map(duration)).toEqual([
      "0.0312 s",
      "12.5 s",
      "60 s",
      "2 min 12 s",
      "2 h 5 min",
    ]);
    expect([0, 500, 8000, 1.25e6].map(compact)).toEqual(["0", "500", "8K", "1.25M"]);
    expect(integer(26122)).toBe("26,122");
  });
});
