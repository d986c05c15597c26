import { expect, it } from "vitest";
import { csv, csvLine } from "./csv.js";

it("quotes what has a separator, and ends no line within a cell", () => {
  expect(csvLine(["a,b", 'say "x"', "1\r2", "1\n2", null, Number.NaN])).toBe(
    '"a,b","say ""x""","1\r2","1\n2",,\n',
  );
});

it("makes no formula of a text", () => {
  const texts = ["=1+1", "+cmd", "-x", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("x","y")'];
  for (const text of texts) {
    expect(csvLine([text]).replace(/^"/, "").startsWith("'"), text).toBe(true);
  }
  expect(csvLine([-1.5, "-1.5", "+2e-3", "a=b", "runs/-x"])).toBe("-1.5,-1.5,+2e-3,a=b,runs/-x\n");
  expect(csv([{ "=x": 1 }])).toBe("'=x\n1\n");
});
