import { expect, it } from "vitest";
import { floatsOf, jsonFloats } from "./jsonFloats.js";

const through = (values: Float32Array) =>
  floatsOf("the values", JSON.parse(JSON.stringify({ values: jsonFloats(values) })).values);
const bits = (values: Float32Array) => new Uint32Array(Float32Array.from(values).buffer);

it("survives JSON bit for bit", () => {
  const odd = Uint32Array.of(0x7fc00001, 0xff800000, 0x80000000, 1, 0x7f7fffff, 0x3f800001);
  const values = new Float32Array(odd.buffer);
  expect(new Uint32Array(through(values).buffer)).toEqual(odd);
  const many = Float32Array.from({ length: 100_000 }, (_, i) => Math.sin(i) / 3);
  expect(bits(through(many))).toEqual(bits(many));
  expect(bits(through(many.subarray(5, 9)))).toEqual(bits(many.slice(5, 9)));
  expect(through(new Float32Array())).toEqual(new Float32Array());
});

it("leaves the array as it is", () => {
  const values = Float32Array.of(1, 2);
  expect(jsonFloats(jsonFloats(values))).toBe(values);
  expect(Object.keys(values)).toEqual(["0", "1"]);
  expect(structuredClone(values)).toEqual(Float32Array.of(1, 2));
});

it.each([
  [JSON.parse(JSON.stringify(Float32Array.of(1)))],
  [[1, 2]],
  ["AACAPw=="],
  ["float32:AAA="],
  [undefined],
])("refuses %o, which may not be the same numbers", (given) => {
  expect(() => floatsOf("values of w", given)).toThrow("values of w are neither a Float32Array");
});
