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
    expect(() => read(bomb)).toThrow("b.npy in it is damaged");
  });

  it("unpacks to no more than it says", () => {
    const archive = zipSync({ "a.npy": Buffer.concat([npy("(5,)", [1]), Buffer.alloc(5 * MIB)]) });
    const liar = relabelled(archive, (entry) => entry.writeUInt32LE(80, 24));
    expect(() => read(liar)).toThrow(
      /a\.npy: an array of shape \[5\] .* has 20 bytes; the file \d+$/,
    );
  });

  it("that no compression could make is damaged", () => {
    const archive = relabelled(zipSync({ "a.npy": npy("(1,)", [1]) }), (entry) =>
      entry.writeUInt32LE(2 ** 29, 24),
    );
    expect(() => read(archive)).toThrow("a.npy in it is damaged");
  });
});

describe("a header from a stranger", () => {
  it.each([
    ["more than there is", "(4000000000,)", "has 16000000000 bytes; the file 4"],
    ["more than any number", `(${"9".repeat(400)},)`, "has Infinity bytes; the file 4"],
    ["axes without end", `(${"1,".repeat(5000)})`, "it has 5000 axes; arrays have at most 64"],
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
    expect(() => read(file)).toThrow("tensor b lies over another");
  });
});
