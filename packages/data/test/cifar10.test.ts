import { execFileSync } from "node:child_process";
import { mkdirSync, rmdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cifar10, DatasetError } from "@eoss/data/node";
import { describe, expect, it } from "vitest";
import { directory, pixelAt, records } from "./cifar10Files.js";

describe("cifar10", () => {
  it("puts channels last and standardises each", async () => {
    const dataDir = await directory({ "data_batch_1.bin": records([3, 9]) });
    const { images, ...rest } = await cifar10({ dataDir });
    expect(rest).toMatchObject({
      name: "cifar10",
      inputShape: [32, 32, 3],
      classes: 10,
      samples: 2,
    });
    expect(Array.from(rest.labels)).toEqual([3, 9]);
    const mean = [0.4914, 0.4822, 0.4465];
    const std = [0.2023, 0.1994, 0.201];
    const expected = Float32Array.from({ length: 2 * 3072 }, (_, i) => {
      const [n, h, w, c] = [
        Math.floor(i / 3072),
        Math.floor(i / 96) % 32,
        Math.floor(i / 3) % 32,
        i % 3,
      ];
      return (pixelAt(n, c, h, w) / 255 - mean[c]!) / std[c]!;
    });
    expect(images).toEqual(expected);
  });

  it("reads whatever training files there are, in numeric order, of any number of records", async () => {
    const dataDir = await directory({
      "data_batch_10.bin": records([7]),
      "data_batch_2.bin": records([1, 2, 3]),
      "test_batch.bin": records([9, 9]),
      "batches.meta.txt": new Uint8Array(5),
    });
    const train = await cifar10({ dataDir });
    expect(Array.from(train.labels)).toEqual([1, 2, 3, 7]);
    expect(train.source).toContain("data_batch_2.bin (3 records), data_batch_10.bin (1 records)");
    const test = await cifar10({ dataDir, split: "test", samples: 3 });
    expect(Array.from(test.labels)).toEqual([9, 9]); // samples count training images
  });

  it("takes balanced samples across files, image and label together", async () => {
    const dataDir = await directory({
      "data_batch_1.bin": records([0, 0, 0, 1]),
      "data_batch_2.bin": records([0, 1, 2]),
    });
    const all = await cifar10({ dataDir });
    const three = await cifar10({ dataDir, samples: 3 });
    expect(Array.from(three.labels)).toEqual([0, 1, 2]);
    expect(three.images.subarray(2 * 3072)).toEqual(all.images.subarray(6 * 3072));
    await expect(cifar10({ dataDir, samples: 8 })).rejects.toThrow(
      "cifar10: 8 samples asked for, expected an integer from 1 to the 7 available",
    );
  });

  it("names file, offset and expectation for a truncated file", async () => {
    const dataDir = await directory({
      "data_batch_3.bin": records([1, 2]).subarray(0, 3073 + 100),
    });
    const loading = cifar10({ dataDir });
    await expect(loading).rejects.toThrow(DatasetError);
    await expect(loading).rejects.toThrow(
      `${join(dataDir, "data_batch_3.bin")}: the record at byte 3073 has 100 bytes, expected 3073`,
    );
  });

  it("refuses an empty file", async () => {
    const dataDir = await directory({ "data_batch_1.bin": new Uint8Array() });
    await expect(cifar10({ dataDir })).rejects.toThrow("the record at byte 0 has 0 bytes");
  });

  it("names file, offset and expectation for a wrong label", async () => {
    const dataDir = await directory({ "test_batch.bin": records([1, 2, 10]) });
    await expect(cifar10({ dataDir, split: "test" })).rejects.toThrow(
      `${join(dataDir, "test_batch.bin")}: the label at byte 6146 (record 2) is 10, expected 0 to 9`,
    );
  });

  it("reads no pipe, folder or endless file, and follows links as the system does", async () => {
    const dataDir = await directory();
    const file = join(dataDir, "data_batch_1.bin");
    const refused = (message: RegExp) => expect(cifar10({ dataDir })).rejects.toThrow(message);
    mkdirSync(file);
    await refused(/data_batch_1\.bin: it is not a regular file/);
    rmdirSync(file);
    execFileSync("mkfifo", [file]);
    await refused(/data_batch_1\.bin: it is not a regular file/);
    rmSync(file);
    symlinkSync("/dev/zero", file);
    await refused(/data_batch_1\.bin: it is not a regular file/);
    rmSync(file);
    symlinkSync(file, file);
    await refused(/data_batch_1\.bin: there is no such file/);
    rmSync(file);
    // Of a sparse file of zeros every record is sound.
    writeFileSync(file, "");
    truncateSync(file, 10_000_000 * 3073);
    await refused(/data_batch_1\.bin has 30730000000 bytes, expected up to/);
    rmSync(file);
    writeFileSync(join(dataDir, "elsewhere"), records([4]));
    symlinkSync(join(dataDir, "elsewhere"), file);
    expect(Array.from((await cifar10({ dataDir })).labels)).toEqual([4]);
  });

  it.each([
    ["a missing directory", "train", "there is no such directory"],
    ["missing training files", "train", "it has no data_batch_*.bin"],
    ["a missing test file", "test", "it has no test_batch.bin"],
  ] as const)("says for %s which files to put where", async (what, split, problem) => {
    const there = await directory();
    const dataDir = what === "a missing directory" ? join(there, "none") : there;
    const loading = cifar10({ dataDir, split });
    await expect(loading).rejects.toThrow(DatasetError);
    const { message } = (await loading.catch((error) => error)) as Error;
    expect(message).toContain(`CIFAR-10 cannot be read from ${dataDir}: ${problem}`);
    expect(message).toContain("data_batch_1.bin … data_batch_5.bin");
    expect(message).toContain("test_batch.bin");
    expect(message).toContain("https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz");
    expect(message).toContain(`eoss data cifar10 --data-dir ${dataDir}`);
  });
});
