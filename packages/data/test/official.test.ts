import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { fetchDataset, loadDataset } from "@eoss/data/node";
import { packTar } from "modern-tar";
import { describe, expect, it } from "vitest";
import { directory, records } from "./cifar10Files.js";
import { fixtures, pixels, range } from "./files/fixtures.js";
import { md5Of, serve } from "./server.js";

const raw = { standardise: "none" };
const from = (folder: string, options: object = raw) => ({
  dataDir: join(fixtures, folder),
  options: { ...options },
});

/** CIFAR-100's records: a group, a class, three planes. */
function records100(labels: number[]): Uint8Array {
  const record = 2 + 3072;
  const bytes = new Uint8Array(labels.length * record);
  labels.forEach((label, i) => {
    bytes.set([label % 20, label], i * record);
    for (let at = 0; at < 3072; at++) bytes[i * record + 2 + at] = (i + 3 * at) % 256;
  });
  return bytes;
}

describe("data sets of papers from their official files", () => {
  it("MNIST and Fashion-MNIST: ten classes, also where some have no sample", async () => {
    for (const name of ["mnist", "fashion-mnist"]) {
      const train = await loadDataset(name, from("idx"));
      expect(train).toMatchObject({ name, classes: 10, samples: 18, inputShape: [8, 6, 1] });
      expect([...train.labels]).toEqual(range(0, 18).map((i) => i % 3));
      expect((await loadDataset(name, { ...from("idx"), split: "test" })).samples).toBe(6);
    }
  });

  it("SVHN: its label 10 is the digit 0", async () => {
    const train = await loadDataset("svhn", from("svhn"));
    expect(train).toMatchObject({ classes: 10, samples: 18, inputShape: [8, 6, 3] });
    expect([...train.images]).toEqual(pixels(range(0, 18)));
    expect([...train.labels]).toEqual(range(0, 18).map((i) => i % 3));
  });

  it("CINIC-10: folders of classes", async () => {
    const train = await loadDataset("cinic10", from("images"));
    expect(train).toMatchObject({ classes: 3, samples: 18, inputShape: [8, 6, 3] });
    expect((await loadDataset("cinic10", { ...from("images"), split: "test" })).samples).toBe(6);
  });

  it("ImageNet 32×32: its files together, planes to channels, labels from 0", async () => {
    const train = await loadDataset("imagenet32", from("imagenet32"));
    expect(train).toMatchObject({ classes: 1000, samples: 4, inputShape: [32, 32, 3] });
    expect([...train.labels]).toEqual([0, 999, 6, 2]);
    const at = (i: number, h: number, w: number, c: number) =>
      train.images[((i * 32 + h) * 32 + w) * 3 + c];
    expect(at(2, 5, 7, 1)).toBe((31 * 2 + 7 * (1024 + 5 * 32 + 7)) % 256);
    expect(
      (await loadDataset("imagenet32", { ...from("imagenet32"), split: "test" })).labels[0],
    ).toBe(1);
  });

  it("CIFAR-100: a hundred classes", async () => {
    const dataDir = await directory({
      "train.bin": records100([99, 5]),
      "test.bin": records100([7]),
    });
    const train = await loadDataset("cifar100", { dataDir, options: raw });
    expect(train).toMatchObject({ classes: 100, samples: 2, inputShape: [32, 32, 3] });
    expect([...train.labels]).toEqual([99, 5]);
    expect([...train.images.subarray(0, 4)]).toEqual([0, (3 * 1024) % 256, (3 * 2048) % 256, 3]);
    const bad = await directory({ "train.bin": records100([100]) });
    await expect(loadDataset("cifar100", { dataDir: bad })).rejects.toThrow(
      "the label at byte 1 (record 0) is 100",
    );
    const cut = await directory({ "train.bin": records100([1]).subarray(1) });
    await expect(loadDataset("cifar100", { dataDir: cut })).rejects.toThrow(
      "the record at byte 0 has 3073 bytes",
    );
  });

  it("CIFAR-10 with two classes: one output, −1 and +1, the same constants", async () => {
    const dataDir = await directory({
      "data_batch_1.bin": records([1, 4, 9, 1]),
      "test_batch.bin": records([9, 2]),
    });
    const all = await loadDataset("cifar10", { dataDir });
    const two = await loadDataset("cifar10", { dataDir, options: { classes: [1, 9] } });
    expect(two).toMatchObject({ samples: 3, classes: 2, targets: { outputs: 1 } });
    expect([...two.targets!.values]).toEqual([-1, 1, -1]);
    expect(two.preprocessing).toEqual(all.preprocessing);
    expect(two.images.subarray(3072, 6144)).toEqual(all.images.subarray(2 * 3072, 3 * 3072));
    expect(two.notes).toContain("task: binary, 1 is −1 and 9 is +1, one output");
    const test = await loadDataset("cifar10", {
      dataDir,
      options: { classes: [1, 9] },
      split: "test",
    });
    expect([...test.targets!.values]).toEqual([1]);
  });

  it("digits with two classes: one output, −1 and +1, the same images", async () => {
    const all = await loadDataset("digits");
    const two = await loadDataset("digits", { options: { classes: [3, 8] } });
    const rows = [...all.labels.keys()].filter((row) => [3, 8].includes(all.labels[row]!));
    expect(two).toMatchObject({ samples: rows.length, classes: 2, targets: { outputs: 1 } });
    expect([...two.targets!.values]).toEqual(rows.map((row) => (all.labels[row] === 8 ? 1 : -1)));
    expect(two.preprocessing).toEqual(all.preprocessing);
    const image = (of: typeof all, row: number) => of.images.subarray(64 * row, 64 * (row + 1));
    expect(image(two, 5)).toEqual(image(all, rows[5]!));
    await expect(loadDataset("digits", { options: { classes: [3, 11] } })).rejects.toThrow("11");
  });

  it.each(["mnist", "fashion-mnist", "svhn", "cifar100", "cinic10", "imagenet32"])(
    "%s says which files to put where",
    async (name) => {
      const dataDir = await directory();
      await expect(loadDataset(name, { dataDir })).rejects.toThrow(
        new RegExp(`${name} cannot be read from .*: it has no .*\\nPut these files of .* into`),
      );
      await expect(loadDataset(name)).rejects.toThrow("give their directory, --data-dir DIR");
    },
  );
});

describe("fetching official files", () => {
  const names = readdirSync(join(fixtures, "idx"));
  const contents = Object.fromEntries(
    names.map((name) => [name, readFileSync(join(fixtures, "idx", name))]),
  );
  const md5s = Object.fromEntries(
    Object.entries(contents).map(([name, bytes]) => [name, md5Of(bytes)]),
  );
  const sending = () =>
    serve((request, response) => {
      const bytes = contents[request.url!.split("/").at(-1)!];
      if (bytes) response.writeHead(200, { "content-length": bytes.length }).end(bytes);
      else response.writeHead(404).end();
    });

  it("takes each from a folder, and only what is lacking", async () => {
    const { url, requests } = await sending();
    const base = url.replace(/[^/]*$/, "mirror");
    const dataDir = await directory({ [names[0]!]: contents[names[0]!]! });
    expect(await fetchDataset("mnist", { dataDir, url: base, md5s })).toEqual({
      status: "fetched",
      dataDir,
    });
    expect(requests()).toBe(3);
    expect(readdirSync(dataDir).sort()).toEqual([...names].sort());
    expect((await loadDataset("mnist", { dataDir })).samples).toBe(18);
    expect((await fetchDataset("mnist", { dataDir, url: base, md5s })).status).toBe("present");
  });

  it("keeps nothing that is not the official file, and says what to do by hand", async () => {
    const { url } = await sending();
    const dataDir = await directory();
    await expect(fetchDataset("mnist", { dataDir, url })).rejects.toThrow(
      /mnist could not be fetched: the file of \d+ bytes has md5 .*, expected f68b3c2d.*\nPut these files of MNIST/s,
    );
    expect(readdirSync(dataDir)).toEqual([]);
    const damaged = await directory({ "train-images-idx3-ubyte.gz": new Uint8Array(3) });
    await expect(fetchDataset("mnist", { dataDir: damaged })).rejects.toThrow(
      "it is damaged or another file; move it away",
    );
    await expect(fetchDataset("imagenet32", { dataDir })).rejects.toThrow(/an account is needed/);
    await expect(fetchDataset("digits", { dataDir })).rejects.toThrow(
      "there is nothing to download for",
    );
  });

  it("takes an archive apart", async () => {
    const files = { "train.bin": records100([1]), "test.bin": records100([2]) };
    const archive = gzipSync(
      await packTar(
        Object.entries(files).map(([name, body]) => ({
          header: { name: `cifar-100-binary/${name}`, size: body.length },
          body,
        })),
      ),
    );
    const { url } = await serve((_, response) => response.end(archive));
    const dataDir = await directory();
    await fetchDataset("cifar100", { dataDir, url, md5: md5Of(archive) });
    expect((await loadDataset("cifar100", { dataDir })).samples).toBe(1);
  });
});
