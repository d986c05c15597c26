import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { strToU8, zipSync } from "fflate";
import { afterAll, describe, expect, it } from "vitest";
import { readWeights } from "./readWeights.js";

const root = mkdtempSync(join(tmpdir(), "eoss-weights-"));
afterAll(() => rmSync(root, { recursive: true }));

const MIB = 2 ** 20;

function read(bytes: Uint8Array) {
  const path = join(root, "weights");
  writeFileSync(path, bytes);
  return readWeights(path);
}

/** A .npy file of float32 with a header that says so, and perhaps lies. */
function npy(shape: string, values: readonly number[]): Uint8Array {
  const header = `{'descr': '<f4', 'fortran_order': False, 'shape': ${shape}, }`;
  const length = Buffer.alloc(2);
  length.writeUInt16LE(header.length);
  const data = Buffer.from(Float32Array.from(values).buffer);
  return Buffer.concat([Buffer.from("\x93NUMPY\x01\0", "latin1"), length, strToU8(header), data]);
}

/** A zip archive whose directory says something else about its files. */
function relabelled(archive: Uint8Array, change: (entry: Buffer) => void): Uint8Array {
  const bytes = Buffer.from(archive);
  for (let at = bytes.indexOf("PK\x01\x02"); at >= 0; at = bytes.indexOf("PK\x01\x02", at + 1)) {
    change(bytes.subarray(at));
  }
  return bytes;
}

/** A safetensors file of float32. */
function safetensors(header: unknown, values: readonly number[]): Uint8Array {
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, Buffer.from(Float32Array.from(values).buffer)]);
}

describe("an archive from a stranger", () => {
  it("is read in memory alone: no name leads anywhere", () => {
    const names = ["../x", "/x", "..\\x", "C:\\x", "__proto__", "a/../../x", "x\0y"];
    const tensors = read(
      zipSync(Object.fromEntries(names.map((n) => [`${n}.npy`, npy("(1,)", [2])]))),
    );
    expect([...tensors.keys()].sort()).toEqual([...names].sort());
    expect(readdirSync(root)).toEqual(["weights"]);
    expect(Object.keys(Object.prototype)).toEqual([]);
  });

  it("has a limit to what it unpacks to", () => {
    const archive = zipSync({ "a.npy": new Uint8Array(1.1 * MIB) }, { level: 0 });
    const bomb = relabelled(archive, (entry) => entry.writeUInt32LE(2 ** 30 + 1, 24));
    expect(() => read(bomb)).toThrow("more than 1024 MiB unpacked, which is the limit");
  });

  it("has no files one over the other, each to be unpacked anew", () => {
    const files = { "a.npy": npy("(20,)", Array(20).fill(1)), "b.npy": npy("(1,)", [1]) };
    const bomb = relabelled(zipSync(files, { level: 0 }), (entry) => {
      entry.writeUInt32LE(300, 20);
      entry.writeUInt32LE(300, 24);
      entry.writeUInt32LE(0, 42);
    });
    expect(() => read(bomb)).toThrow(/(a|b)\.npy is damaged/);
  });

  it("is as its checksums say: no flipped bit becomes a weight", () => {
    const values = Array.from({ length: 50 }, (_, i) => i / 7);
    for (const level of [0, 6] as const) {
      const archive = zipSync({ "a.npy": npy("(50,)", values) }, { level });
      expect([...read(archive).get("a")!.values]).toEqual([...Float32Array.from(values)]);
      for (let bit = 0; bit < 8 * archive.length; bit++) {
        const flipped = Uint8Array.from(archive);
        flipped[bit >> 3]! ^= 1 << (bit & 7);
        let given: ReturnType<typeof read>;
        try {
          given = read(flipped);
        } catch (error) {
          expect((error as Error).name).toBe("ConfigError");
          continue;
        }
        // What is left is what no checksum covers, such as the time of the file.
        expect([...given.values()].map((tensor) => [...tensor.values])).toEqual([
          [...Float32Array.from(values)],
        ]);
      }
    }
  });

  it("has each file once, and nothing behind it", () => {
    const one = zipSync({ "a.npy": npy("(1,)", [1]), "b.npy": npy("(1,)", [2]) }, { level: 0 });
    const twice = Buffer.from(
      Buffer.from(one).toString("latin1").replaceAll("b.npy", "a.npy"),
      "latin1",
    );
    expect(() => read(twice)).toThrow("there are two files of this name");
    expect(() => read(Buffer.concat([one, Buffer.alloc(9)]))).toThrow("not a complete zip archive");
    expect(() => read(one.subarray(0, -1))).toThrow("not a complete zip archive");
  });

  it("that is nearly nothing, packed, fills no memory", () => {
    const bomb = zipSync({ "a.npy": new Uint8Array(70 * MIB) });
    expect(bomb.length).toBeLessThan(MIB / 10);
    expect(() => read(bomb)).toThrow("more than 100 times its size");
  });

  it("unpacks to no more than it says", () => {
    const archive = zipSync({ "a.npy": Buffer.concat([npy("(5,)", [1]), Buffer.alloc(5 * MIB)]) });
    const liar = relabelled(archive, (entry) => entry.writeUInt32LE(80, 24));
    expect(() => read(liar)).toThrow("a.npy is damaged: its checksum is wrong");
  });

  it("that no compression could make is damaged", () => {
    const archive = relabelled(zipSync({ "a.npy": npy("(1,)", [1]) }), (entry) =>
      entry.writeUInt32LE(2 ** 29, 24),
    );
    expect(() => read(archive)).toThrow("a.npy is damaged");
  });
});

describe("a header from a stranger", () => {
  it.each([
    ["more than there is", "(4000000000,)", "has 16000000000 bytes; the file 4"],
    ["more than any number", `(${"9".repeat(400)},)`, "has Infinity bytes; the file 4"],
    ["axes without end", `(${"1,".repeat(2500)})`, "it has 2500 axes; arrays have at most 64"],
    ["axes that NumPy would not read", `(${"1,".repeat(5000)})`, "its header has 10055 bytes"],
  ])("of an array says %s, and nothing is allocated", (_, shape, message) => {
    expect(() => read(npy(shape, [1]))).toThrow(message);
  });

  it.each([
    [
      "more than there is",
      { shape: [1e9], data_offsets: [0, 4e9] },
      /tensor a of shape .* has bytes/,
    ],
    ["places before the file", { shape: [1], data_offsets: [-4, 0] }, /tensor a: /],
    [
      "axes without end",
      { shape: Array(5000).fill(1), data_offsets: [0, 4] },
      /tensor a: .{0,80}$/,
    ],
  ])("of tensors says %s, and nothing is allocated", (_, entry, message) => {
    expect(() => read(safetensors({ a: { dtype: "F32", ...entry } }, [1]))).toThrow(message);
  });

  it("puts no tensors one over the other, which would fill the memory", () => {
    const entry = { dtype: "F32", shape: [2], data_offsets: [0, 8] };
    const file = safetensors({ a: entry, b: entry }, [1, 2]);
    expect(() => read(file)).toThrow("tensor b overlaps another");
  });

  it("puts tensors one after the other and each once, as the format's own reader has it", () => {
    const one = (begin: number, end = begin + 4) => ({
      dtype: "F32",
      shape: [(end - begin) / 4],
      data_offsets: [begin, end],
    });
    const order = read(safetensors({ b: one(4), 7: one(0), none: one(4, 4) }, [1, 2]));
    expect([order.get("7")!.values[0], order.get("b")!.values[0]]).toEqual([1, 2]);
    expect(() => read(safetensors({ a: one(0) }, [1, 2]))).toThrow("bytes 4 to 8 belong to no");
    expect(() => read(safetensors({ a: one(4) }, [1, 2]))).toThrow("bytes 0 to 4 belong to no");
    expect(() => read(safetensors({ a: one(0, 8), b: one(4) }, [1, 2]))).toThrow("overlaps");
    const text = `{"a":${JSON.stringify(one(0))},"\\u0061":${JSON.stringify(one(4))}}`;
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(text.length));
    const twice = Buffer.concat([length, Buffer.from(text), Buffer.alloc(8)]);
    expect(() => read(twice)).toThrow('"a" is in its header twice');
  });
});
