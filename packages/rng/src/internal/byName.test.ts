import { expect, it } from "vitest";
import { byName } from "./byName.js";

const registry = { adam: 1, sgd: 2 };

it("finds what has the name", () => {
  expect(byName("optimizer", registry, "sgd")).toBe(2);
});

it.each([
  ["adm", 'unknown optimizer "adm"; allowed: adam, sgd; did you mean adam?'],
  ["toString", 'unknown optimizer "toString"; allowed: adam, sgd'],
  ["__proto__", 'unknown optimizer "__proto__"; allowed: adam, sgd'],
  [undefined, "unknown optimizer undefined; allowed: adam, sgd"],
  [["sgd"], "unknown optimizer object; allowed: adam, sgd"],
])("says of %s what there is", (name, message) => {
  expect(() => byName("optimizer", registry, name as string)).toThrow(new RangeError(message));
});
