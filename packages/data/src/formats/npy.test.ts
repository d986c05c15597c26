import { readFileSync } from "node:fs";
import { inflateRawSync } from "node:zlib";
import { expect, it } from "vitest";
import { openArchive } from "./archive.js";
import { bytesOf } from "./bytes.js";
import { decodeNpy, decodeNpyTexts } from "./npy.js";

const file = readFileSync(new URL("../../test/fixtures/types.npz", import.meta.url));
const arrays = openArchive(bytesOf(file), {
  most: 2 ** 20,
  isWanted: () => true,
  inflate: (packed) => inflateRawSync(packed),
});
const read = (name: string) => decodeNpy(arrays.get(`${name}.npy`)!);

it.each([
  ...["i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8"],
  ...["i2be", "i8be", "f2be", "f4be", "f8be", "u4be", "fortran"],
])("reads what NumPy wrote: %s", (name) => {
  const { shape, values } = read(name);
  expect(shape).toEqual([2, 3]);
  expect([...values]).toEqual([0, 1, 2, 3, 4, 5]);
});

it("reads booleans, negative and large integers, and half floats to the last bit", () => {
  expect([...read("bool").values]).toEqual([0, 1, 0, 1, 0, 1]);
  expect([...read("negative").values]).toEqual([-1, -(2 ** 40), 2 ** 53 - 1]);
  const nearest = 1638 / 2 ** 14; // 0.1 has the fraction 1.1001100110 in half floats.
  expect([...read("halves").values]).toEqual([1.5, -2.25, 2 ** -24, 65504, nearest]);
});

it("refuses integers that would be rounded, and texts for numbers", () => {
  expect(() => read("huge")).toThrow("number 0 is an integer beyond 2^53");
  expect(() => read("names")).toThrow("its type is <U3; expected integers, floats or booleans");
  expect(decodeNpyTexts(arrays.get("names.npy")!).texts).toEqual(["cat", "dög", "a"]);
});
