import { describe, expect, it } from "vitest";
import { archiveFilter } from "./archiveFilter.js";

const MIB = 2 ** 20;
const file = (name: string, size: number, originalSize = size) => ({ name, size, originalSize });

describe("what is unpacked of an archive", () => {
  it("is what is wanted, up to the limit of all together", () => {
    const filter = archiveFilter(MIB, 2 * MIB, (name) => name.endsWith(".json"));
    expect(filter(file("a.json", 2000, MIB))).toBe(true);
    expect(filter(file("large.bin", 200_000, 100 * MIB))).toBe(false);
    expect(filter(file("b.json", 2000, MIB))).toBe(true);
    expect(() => filter(file("c.json", 1))).toThrow("more than 2 MiB unpacked, which is the limit");
  });

  it("is nothing that lies over something else, or that no compression could make", () => {
    const over = archiveFilter(1000, MIB, () => true);
    over(file("a", 600));
    expect(() => over(file("b", 600))).toThrow("its file b is damaged");
    const filter = archiveFilter(1000, MIB, () => true);
    expect(() => filter(file("c", 10, 20_000))).toThrow("its file c is damaged");
    expect(() => filter(file("d", Number.NaN))).toThrow("its file d is damaged");
  });

  it("is nothing of an archive with files without end", () => {
    const filter = archiveFilter(1000, MIB, () => false);
    for (let i = 0; i < 10_000; i++) filter(file("a", 0));
    expect(() => filter(file("a", 0))).toThrow("more than 10000 files");
  });
});
