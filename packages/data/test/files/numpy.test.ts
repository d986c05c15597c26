import { loadDataset } from "@eoss/data/node";
import { describe, expect, it } from "vitest";
import { fixtures, load, loadDamaged, npy, pixels, range } from "./fixtures.js";

/** Which samples of x.npy are held out. */
async function drawnOf(options: Record<string, unknown>): Promise<number[]> {
  const test = await load("x.npy", options, "test");
  return range(0, test.samples).map((k) =>
    range(0, 24).findIndex((i) => pixels([i])[0] === test.images[144 * k]),
  );
}

describe("NumPy's files", () => {
  it("have inputs, labels and test samples by the names of their arrays", async () => {
    const train = await load("images.npz");
    expect(train).toMatchObject({
      name: "images.npz",
      inputShape: [8, 6, 3],
      classes: 3,
      samples: 18,
    });
    expect([...train.images]).toEqual(pixels(range(0, 18)));
    expect([...train.labels]).toEqual(range(0, 18).map((i) => i % 3));
    const test = await load("images.npz", {}, "test");
    expect([...test.images]).toEqual(pixels(range(18, 24)));
    expect(train.source).toBe("images.npz: x_train, y_train, x_test, y_test");
    expect(train.notes).toEqual([
      "inputs: 18 × [8,6,3] |u1 from images.npz, array x_train",
      "task: classification, 3 classes from images.npz, array y_train",
      "inputs are not standardised",
    ]);
  });

  it("are unpacked, and may be two files of one array each", async () => {
    const packed = await load("packed.npz");
    const two = await load("x.npy", { labels: "y.npy" });
    expect([...packed.images]).toEqual(pixels(range(0, 24)));
    expect(two.images).toEqual(packed.images);
    expect(two.labels).toEqual(packed.labels);
    const tested = await load(
      "x.npy",
      { labels: "y.npy", test: "x.npy", "test-labels": "y.npy" },
      "test",
    );
    expect(tested.samples).toBe(24);
  });

  it("hold out a share that is always the same, and no sample twice", async () => {
    const train = await load("packed.npz", { test: 0.25 });
    const test = await load("packed.npz", { test: 0.25 }, "test");
    expect([train.samples, test.samples]).toEqual([18, 6]);
    const firsts = (data: typeof train) => range(0, data.samples).map((i) => data.images[i * 144]!);
    const all = range(0, 24).map((i) => pixels([i])[0]!);
    expect([...firsts(train), ...firsts(test)].sort()).toEqual(all.sort());
  });

  it("say which classes have no sample left to train on", async () => {
    const labels = (at: (i: number) => number) => () =>
      npy(
        "(24,)",
        Float32Array.from({ length: 24 }, (_, i) => at(i)),
      );
    const held = { labels: "y.npy", test: 0.25 };
    const [first] = await drawnOf(held);
    const alone = await loadDamaged(
      "y.npy",
      labels((i) => (i === first ? 2 : i % 2)),
      held,
      "x.npy",
    );
    expect(alone.notes!.join("\n")).toContain(
      "no training sample is left of the classes with the numbers 2: all of theirs are held out",
    );
    await expect(
      loadDamaged(
        "y.npy",
        labels((i) => Number(i === first)),
        { ...held, task: "binary" },
        "x.npy",
      ),
    ).rejects.toThrow("every sample that is left to train on has the class number 0");
  });

  it("say that what training leaves counts in means and deviations", async () => {
    const some = await loadDataset("packed.npz", { dataDir: fixtures, samples: 18 });
    expect(some.notes!.at(-1)).toBe(
      "means and deviations are those of all 24 samples, and so of the 6 that training leaves for the test split too",
    );
    const apart = await loadDataset("packed.npz", { dataDir: fixtures, options: { test: 0.25 } });
    expect(apart.notes!.join()).not.toContain("means and deviations are those of all");
  });

  it("become two classes with signs, another shape, channels by their means", async () => {
    const two = await load("packed.npz", { classes: [2, 0] });
    expect(two).toMatchObject({ samples: 16, classes: 2 });
    expect([...two.targets!.values].slice(0, 4)).toEqual([1, -1, 1, -1]);
    expect([...two.images.subarray(0, 144)]).toEqual(pixels([0]));
    expect([...two.images.subarray(144, 288)]).toEqual(pixels([2]));
    expect((await load("packed.npz", { shape: [144] })).inputShape).toEqual([144]);
    const scaled = await load("packed.npz", { standardise: "channel" });
    for (let c = 0; c < 3; c++) {
      const own = [...scaled.images].filter((_, at) => at % 3 === c);
      const mean = own.reduce((sum, v) => sum + v, 0) / own.length;
      expect(mean).toBeCloseTo(0, 6);
      expect(own.reduce((sum, v) => sum + (v - mean) ** 2, 0) / own.length).toBeCloseTo(1, 5);
    }
  });

  it("have numbers to be predicted, scaled or not, if they are asked for", async () => {
    const raw = await load("packed.npz", { task: "regression", "standardise-targets": false });
    expect([...raw.targets!.values].slice(0, 4)).toEqual([0, 1, 2, 0]);
    const scaled = await load("packed.npz", { task: "regression" });
    const s = Math.sqrt(2 / 3);
    expect([...scaled.targets!.values].slice(0, 3)).toEqual([-1 / s, 0, 1 / s].map(Math.fround));
  });
});

describe("options that do not fit", () => {
  it.each([
    ["packed.npz", { x: "pictures" }, 'it has no array "pictures"; it has: images, labels'],
    ["packed.npz", { label: "images", x: "images" }, "inputs and labels are both images"],
    [
      "types.npz",
      {},
      /which of its arrays has the inputs\? It has: i1, i2, .* Name it: --data-options "x: NAME"/,
    ],
    ["types.npz", { x: "fortran" }, "which of its arrays has what is learnt?"],
    [
      "types.npz",
      { x: "fortran", label: "names" },
      "it has 2 samples, but types.npz, array names has 3",
    ],
    [
      "packed.npz",
      { shape: [8, 6] },
      "a sample has shape [8,6,3], 144 numbers; shape: [8,6] has 48",
    ],
    ["packed.npz", { classes: [0, 7] }, "no sample has the class 7 of classes; it has 0, 1, 2"],
    ["packed.npz", { classes: [1, 1] }, "classes: [1, 1] has one twice"],
    ["packed.npz", { classes: 2 }, "it has 3 classes, 0, 1, 2; classes says 2"],
    ["packed.npz", { task: "binary" }, "task: binary needs two classes; it has 3"],
    ["packed.npz", { task: "regression", classes: [0, 1] }, "classes are for a classification"],
    ["packed.npz", { "standardise-targets": true }, "standardise-targets is for a regression"],
    ["packed.npz", { test: 0.001 }, "test: 0.001 of 24 samples leaves no test sample"],
    ["images.npz", { test: 0.5 }, "has test samples already"],
    ["x.npy", {}, 'name the file of the labels, --data-options "labels: y.npy"'],
    ["x.npy", { labels: "z.npy" }, "z.npy: there is no such file"],
    ["none.npz", {}, "none.npz: there is no such file or folder"],
    ["README.bin", {}, "there is no such file"],
  ])("%s %j", async (name, options, message) => {
    await expect(load(name, options)).rejects.toThrow(message);
  });
});

describe("a damaged archive", () => {
  const flip = (at: number) => (bytes: Buffer) => {
    bytes[at < 0 ? bytes.length + at : at]! ^= 0xff;
    return bytes;
  };
  const replaced = (from: string, to: string) => (bytes: Buffer) =>
    Buffer.from(bytes.toString("latin1").replaceAll(from, to), "latin1");
  it.each<[string, string, (bytes: Buffer) => Uint8Array | string, RegExp]>([
    [
      "is cut off at its end",
      "images.npz",
      (b) => b.subarray(0, -20),
      /images\.npz: it is not a complete zip/,
    ],
    [
      "is cut off in the middle",
      "images.npz",
      (b) => b.subarray(0, 2000),
      /images\.npz: it is not a complete zip/,
    ],
    ["is empty", "images.npz", () => "", /images\.npz: it is not a complete zip/],
    ["is a text", "images.npz", () => "hello", /images\.npz: it is not a complete zip/],
    [
      "has a pixel changed",
      "images.npz",
      flip(400),
      /images\.npz: its file x_train\.npy is damaged: its checksum is wrong/,
    ],
    [
      "has a packed byte changed",
      "packed.npz",
      flip(300),
      /packed\.npz: its file images\.npy is damaged/,
    ],
    [
      "has its list changed",
      "images.npz",
      (b) => {
        b.writeUInt32LE(1, b.lastIndexOf("PK\x01\x02") + 42);
        return b;
      },
      /damaged/,
    ],
    [
      "has more behind it",
      "images.npz",
      (b) => Buffer.concat([b, Buffer.alloc(3)]),
      /not a complete zip/,
    ],
    ["has no array", "images.npz", replaced(".npy", ".txt"), /without \.npy files/],
    ["has an array twice", "images.npz", replaced("y_test", "x_test"), /two files of this name/],
    [
      "has an array by another name",
      "images.npz",
      replaced("y_test", "z_test"),
      /it has x_test and no labels for it/,
    ],
    [
      "is encrypted",
      "images.npz",
      (b) => {
        for (let at = b.indexOf("PK\x01\x02"); at >= 0; at = b.indexOf("PK\x01\x02", at + 1))
          b[at + 8]! |= 1;
        return b;
      },
      /packing, -1, is unknown/,
    ],
  ])("%s", async (_, name, change, message) => {
    await expect(loadDamaged(name, change)).rejects.toThrow(message);
  });

  it.each<[string, (bytes: Buffer) => Uint8Array, RegExp]>([
    [
      "is cut off",
      (b) => b.subarray(0, -1),
      /an array of shape \[24,8,6,3\] and type \|u1 has 3456 bytes; the file 3455/,
    ],
    ["has a byte too many", (b) => Buffer.concat([b, Buffer.alloc(1)]), /the file 3457/],
    ["is cut off in its header", (b) => b.subarray(0, 60), /cut off in the header/],
    [
      "has another beginning",
      (b) => {
        b[1] = 0x6e;
        return b;
      },
      /does not start like a \.npy file/,
    ],
    [
      "has a header that is none",
      (b) => Buffer.from(b.toString("latin1").replace("'descr'", "'deskr'"), "latin1"),
      /its header is/,
    ],
    [
      "has Python objects",
      (b) => Buffer.from(b.toString("latin1").replace("'|u1'", "'|O' "), "latin1"),
      /Python objects, which are pickled/,
    ],
    [
      "has complex numbers",
      (b) => Buffer.from(b.toString("latin1").replace("'|u1'", "'<c8'"), "latin1"),
      /its type is <c8; expected/,
    ],
    [
      "says another shape",
      (b) => Buffer.from(b.toString("latin1").replace("(24,", "(25,"), "latin1"),
      /shape \[25,8,6,3\]/,
    ],
  ])("or an array that %s", async (_, change, message) => {
    await expect(loadDamaged("x.npy", change, { labels: "y.npy" })).rejects.toThrow(message);
    await expect(loadDamaged("x.npy", change, { labels: "y.npy" })).rejects.toThrow("x.npy");
  });

  it("of numbers that are not finite says where", async () => {
    const values = Float32Array.from({ length: 6 }, (_, i) => (i === 4 ? Number.NaN : i));
    await expect(
      loadDamaged("x.npy", () => npy("(3, 2)", values), { labels: "y.npy" }),
    ).rejects.toThrow("x.npy: sample 2, number 0 is NaN; expected finite numbers");
  });
});
