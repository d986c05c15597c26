import { expect, it } from "vitest";
import { EossError } from "./error.js";

class OneError extends EossError {
  override readonly name = "OneError";
}
class OtherError extends EossError {}

it("is the family of its classes, and they are apart", () => {
  const one = new OneError("what, where, and what to do");
  expect(one).toBeInstanceOf(Error);
  expect(one).toBeInstanceOf(EossError);
  expect(one).toBeInstanceOf(OneError);
  expect(one).not.toBeInstanceOf(OtherError);
  expect(new EossError()).not.toBeInstanceOf(OneError);
  expect(Object.keys(one)).toEqual(["name"]);
});

it.each([[new Error("x")], [undefined], [null], ["EossError"], [{ name: "EossError" }]])(
  "%s is none of it",
  (other) => {
    expect(other instanceof EossError).toBe(false);
  },
);
