import { gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { loadDamaged, type Options } from "./fixtures.js";

type Change = (bytes: Buffer) => Uint8Array | string;
type Case = [what: string, change: Change, message: RegExp, options?: Options];

const text =
  (from: string | RegExp, to: string): Change =>
  (bytes) =>
    bytes.toString().replace(from, to);
const cut =
  (by: number): Change =>
  (bytes) =>
    bytes.subarray(0, bytes.length - by);
const at =
  (place: number, value: number): Change =>
  (bytes) => {
    bytes[place < 0 ? bytes.length + place : place] = value;
    return bytes;
  };
const unzipped =
  (change: Change): Change =>
  (bytes) =>
    gzipSync(change(gunzipSync(bytes)));
const empty: Change = () => "";

const cases: Record<string, Case[]> = {
  "flowers.csv": [
    ["is empty", empty, /flowers\.csv: it is empty/],
    ["has its names alone", () => "a,b,c,species\n", /flowers\.csv: it has no row of values/],
    [
      "lacks a value",
      text("0.25,-1", ",-1"),
      /line 3, column a has no value; expected a finite number/,
    ],
    ["has NA for a value", text("0.25,-1", "NA,-1"), /line 3, column a has no value/],
    [
      "has a text for a number",
      text("0.25,-1", "many,-1"),
      /line 3, column a is "many"; expected a finite number/,
    ],
    ["has an infinite number", text("0.25,-1", "inf,-1"), /line 3, column a is "inf"/],
    [
      "has an integer beyond float64",
      text("0.25,-1", "0.25,-9007199254740993"),
      /line 3, column b is -9007199254740993, an integer beyond 2\^53/,
    ],
    ["has a decimal comma", text("0.25,-1", '"0,25",-1'), /line 3, column a is "0,25"/],
    [
      "lacks a cell",
      text("0.25,-1,True,virginica", "0.25,-1,True"),
      /line 3: Invalid Record Length/,
    ],
    ["has a cell too many", text("0.25,-1", "0.25,-1,7"), /line 3: Invalid Record Length/],
    ["opens a quote", text("0.25,-1", '"0.25,-1'), /line \d+: Quote Not Closed/],
    ["lacks a label", text("virginica", ""), /line 3, column species has no label/],
    ["has a name twice", text("a,b,c", "a,a,c"), /line 1: two columns have the name a/],
    ["is not in UTF-8", at(40, 0xff), /it is not a text in UTF-8/],
    [
      "has one class",
      (b) => b.toString().replaceAll(/virginica|dög/g, "setosa"),
      /all samples have the class setosa/,
    ],
    [
      "lacks a column that is asked for",
      (b) => b,
      /it has no column "kind"; it has: a, b, c, species/,
      { label: "kind" },
    ],
  ],
  // A table of numbers alone: 10 inputs and the one that is learnt.
  "diabetes.csv": [
    ["is empty", empty, /diabetes\.csv: it is empty/],
    ["has its names alone", (b) => b.toString().split("\n")[0]!, /it has no row of values/],
    ["lacks a target", text(",151.0\n", ",\n"), /line 2, column target has no value/],
    ["has a text for a target", text(",151.0", ",high"), /line 2, column target is "high"/],
    ["has an infinite target", text(",151.0", ",inf"), /line 2, column target is "inf"/],
    [
      "has a target beyond float64",
      text(",151.0", ",1e999"),
      /line 2, column target is "1e999"; expected a finite number/,
    ],
    [
      "has a decimal comma in a target",
      text(",151.0", ',"151,0"'),
      /line 2, column target is "151,0"/,
    ],
    ["has a unit in an input", text("32.1,", "32.1 kg,"), /line 2, column bmi is "32.1 kg"/],
    ["is cut off in a row", (b) => b.subarray(0, 60), /line \d: Invalid Record Length/],
    ["has rows run together", text(",151.0\n", ",151.0,"), /line 2: Invalid Record Length/],
    [
      "has its names twice",
      text(",151.0\n", ",151.0\nage,sex,bmi,bp,s1,s2,s3,s4,s5,s6,target\n"),
      /line 3, column age is "age"/,
    ],
    [
      "lacks the column that is learnt",
      text("target", "progress"),
      /it has no column "target"; it has: age, sex/,
      { label: "target" },
    ],
  ],
  "idx/train-images-idx3-ubyte.gz": [
    ["is empty", empty, /train-images-idx3-ubyte\.gz: it begins with the bytes of nothing/],
    ["is cut off", cut(20), /cannot be unpacked by gzip/],
    [
      "has a packed byte changed",
      (b) => {
        b[40]! ^= 0xff;
        return b;
      },
      /cannot be unpacked by gzip/,
    ],
    ["has a wrong checksum", at(-6, 7), /cannot be unpacked by gzip/],
    [
      "is cut off before it was packed",
      unzipped(cut(1)),
      /an array of shape \[18,8,6\] has 864 bytes from byte 16 on; the file has 863/,
    ],
    [
      "has a byte too many",
      unzipped((b) => Buffer.concat([b, Buffer.alloc(1)])),
      /the file has 865/,
    ],
    [
      "is cut off in its header",
      unzipped((b) => b.subarray(0, 10)),
      /its 10 bytes are cut off in the header/,
    ],
    [
      "has another beginning",
      unzipped(at(0, 1)),
      /it begins with the bytes 1 0 8 3; IDX begins with 0 0/,
    ],
    ["has an unknown type", unzipped(at(2, 10)), /it begins with the bytes 0 0 10 3/],
    ["has no axis", unzipped(at(3, 0)), /it begins with the bytes 0 0 8 0/],
    ["says more samples", unzipped(at(7, 19)), /an array of shape \[19,8,6\] has 912 bytes/],
    [
      "has more samples than labels",
      unzipped((b) => {
        b[7] = 19;
        return Buffer.concat([b, Buffer.alloc(48)]);
      }),
      /has 19 samples, but train-labels-idx1-ubyte\.gz has 18/,
    ],
    ["is a text", () => "hello world", /it begins with the bytes 104 101 108 108/],
  ],
  "images/train/bee/001.png": [
    ["is empty", empty, /001\.png: it does not begin like a PNG or a JPEG/],
    ["is a text", () => "hello", /001\.png: it does not begin like/],
    ["is cut off", cut(40), /001\.png: /],
    ["is cut off in its header", (b) => b.subarray(0, 20), /cut off in the header/],
    [
      "has a pixel changed",
      (b) => {
        b[60]! ^= 1;
        return b;
      },
      /001\.png: .*[Cc]rc|CRC|001\.png/,
    ],
    ["says another size", at(19, 5), /001\.png: /],
    ["says no pixels", at(19, 0), /it says that it has 0×8 pixels/],
    ["says that it is huge", at(16, 0x7f), /it says that it has \d+×8 pixels; expected up to/],
    ["has another signature", at(1, 0x51), /does not begin like/],
    ["has a broken signature", at(4, 0x20), /001\.png: /],
    ["has lost its end", cut(12), /001\.png: /],
    [
      "is a JPEG that is cut off",
      () => Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 4, 0, 0]),
      /cut off: it does not end with the end mark/,
    ],
    ["is a JPEG without a frame", () => Buffer.from([0xff, 0xd8, 0xff, 0xd9]), /it has no frame/],
    [
      "is a JPEG of noise",
      () => Buffer.from([0xff, 0xd8, 0xff, 0xc0, 0, 11, 8, 0, 8, 0, 6, 1, 1, 0x11, 0, 0xff, 0xd9]),
      /cannot be decoded as a JPEG/,
    ],
  ],
  "hub/train-00000-of-00001.parquet": [
    ["is empty", empty, /train-00000-of-00001\.parquet: it cannot be read as Parquet/],
    ["is a text", () => "hello world, this is no table", /cannot be read as Parquet/],
    ["is cut off", cut(1), /cannot be read as Parquet/],
    ["is cut off in the middle", (b) => b.subarray(0, 900), /cannot be read as Parquet/],
    ["has lost its beginning", (b) => b.subarray(300), /train-00000/],
    ["has another end mark", at(-1, 0x41), /cannot be read as Parquet/],
    ["has a footer of another length", at(-8, 1), /train-00000/],
    [
      "has an image changed",
      (b) => {
        const png = b.indexOf("IDAT");
        b[png + 8]! ^= 0xff;
        return b;
      },
      /train-00000-of-00001\.parquet/,
    ],
    [
      "has an image's signature changed",
      (b) => {
        b[b.indexOf("\x89PNG", 0, "latin1") + 1] = 0x41;
        return b;
      },
      /row 0, column image: it does not begin like/,
    ],
    [
      "has a page changed",
      (b) => {
        b.fill(0xff, 4, 24);
        return b;
      },
      /train-00000/,
    ],
    [
      "lacks the column of its labels",
      (b) => b,
      /it has no column "kind"; it has: label/,
      { label: "kind" },
    ],
    [
      "has another file's end",
      (b) => Buffer.concat([b, Buffer.from("PAR1")]),
      /cannot be read as Parquet/,
    ],
  ],
  "samples.safetensors": [
    ["is empty", empty, /samples\.safetensors: its 0 bytes are cut off/],
    ["is cut off", cut(1), /samples\.safetensors: tensor .* has bytes/],
    ["is cut off in its header", (b) => b.subarray(0, 20), /cut off in the header/],
    ["has bytes too many", (b) => Buffer.concat([b, Buffer.alloc(4)]), /belong to no tensor/],
    ["has a header that is none", at(9, 0x20), /its header is not JSON/],
    ["says a longer header", at(6, 1), /cut off in the header/],
    ["has an unknown type", text("BF16", "BF17"), /samples\.safetensors/],
    [
      "has another shape",
      (b) => Buffer.from(b.toString("latin1").replace("[24,8,6]", "[24,8,7]"), "latin1"),
      /of shape \[24,8,7\] has bytes/,
    ],
    [
      "has a tensor twice",
      (b) => Buffer.from(b.toString("latin1").replace('"labels"', '"images"'), "latin1"),
      /"images" is in its header twice/,
    ],
    [
      "has no labels",
      (b) => Buffer.from(b.toString("latin1").replace('"labels"', '"lavels"'), "latin1"),
      /which of its arrays has what is learnt\?/,
    ],
    [
      "has no inputs",
      (b) => Buffer.from(b.toString("latin1").replace('"images"', '"imagos"'), "latin1"),
      /which of its arrays has the inputs\?/,
    ],
    [
      "has a number that is none",
      (b) => {
        b[b.length - 1] = 0x7f;
        return b;
      },
      /tensor images: sample 23, number 47 is NaN; expected finite/,
    ],
  ],
  "song.txt": [
    ["is empty", empty, /song\.txt: it has 0 characters/],
    ["is too short", () => "short", /it has 5 characters; a sample of 16 and the next one need 17/],
    ["is not in UTF-8", at(3, 0xff), /it is not a text in UTF-8/],
    ["is empty, by pairs", empty, /it has 0 byte-pair tokens/, { tokens: "bpe" }],
    ["is too short, by pairs", () => "short", /it has 5 byte-pair tokens/, { tokens: "bpe" }],
    [
      "ends within a character, by pairs",
      (b) => Buffer.concat([b, Buffer.of(0xe2, 0x82)]),
      /UTF-8/,
      { tokens: "bpe" },
    ],
    ["is one word, by pairs", () => "aaaaaaaa", /it has 2 byte-pair tokens/, { tokens: "bpe" }],
  ],
};

describe.each(Object.entries(cases))("%s, damaged", (name, list) => {
  it.each(list)("%s", async (_, change, message, options) => {
    await expect(loadDamaged(name, change, options)).rejects.toThrow(message);
    await expect(loadDamaged(name, change, options)).rejects.toMatchObject({
      name: "DatasetError",
    });
  });
});

describe("svhn/train_32x32.mat, damaged", () => {
  it.each<Case>([
    ["is empty", empty, /its 0 bytes are cut off in the header/],
    ["is cut off", cut(9), /train_32x32\.mat: /],
    [
      "has a packed byte changed",
      (b) => {
        b[300]! ^= 0xff;
        return b;
      },
      /cannot be unpacked/,
    ],
    ["is of version 7.3", at(126, 0), /version 7\.3 is HDF5/],
    [
      "is big-endian",
      (b) => {
        b.write("MI", 126);
        return b;
      },
      /it is big-endian/,
    ],
    ["has another element", at(128, 3), /an element of type 3; expected an array/],
    ["is a text", () => "hello".repeat(40), /it is no MATLAB file/],
  ])("%s", async (_, change, message) => {
    await expect(
      loadDamaged("svhn/train_32x32.mat", change, {}, "svhn/train_32x32.mat"),
    ).rejects.toThrow(message);
  });
});
