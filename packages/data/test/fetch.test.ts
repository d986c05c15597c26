import { readdir, readFile } from "node:fs/promises";
import type { RequestListener } from "node:http";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { cifar10, DatasetError, fetchCifar10 } from "@eoss/data/node";
import { packTar, type TarEntry } from "modern-tar";
import { describe, expect, it } from "vitest";
import { directory, records } from "./cifar10Files.js";
import { md5Of, serve } from "./server.js";

const recordFiles: Record<string, Uint8Array> = {
  "data_batch_1.bin": records([1, 2]),
  "data_batch_2.bin": records([3]),
  "data_batch_3.bin": records([4]),
  "data_batch_4.bin": records([5]),
  "data_batch_5.bin": records([6]),
  "test_batch.bin": records([7, 8, 9]),
};
const archiveFiles: Record<string, Uint8Array> = {
  ...recordFiles,
  "batches.meta.txt": new TextEncoder().encode("airplane\n"),
};
const names = Object.keys(archiveFiles).sort();

/** An archive laid out as the official one: a folder with the files, and a web page besides. */
async function archiveOf(
  files: Record<string, Uint8Array>,
  more: readonly TarEntry[] = [],
): Promise<Buffer> {
  const folder = "cifar-10-batches-bin/";
  return gzipSync(
    await packTar([
      ...more,
      { header: { name: folder, type: "directory", size: 0 } },
      ...Object.entries({ ...files, "readme.html": new Uint8Array(3) }).map(([name, body]) => ({
        header: { name: folder + name, size: body.length },
        body,
      })),
    ]),
  );
}

const sending =
  (archive: Uint8Array): RequestListener =>
  (_, response) => {
    response.writeHead(200, { "content-length": archive.length }).end(archive);
  };

/** The error of a fetch that must fail, after checking that it left no file behind. */
async function failure(options: Parameters<typeof fetchCifar10>[0]): Promise<Error> {
  const before = await readdir(options.dataDir);
  const error = await fetchCifar10(options).then(
    () => expect.unreachable("the fetch succeeded"),
    (error) => error as Error,
  );
  expect(await readdir(options.dataDir)).toEqual(before);
  return error;
}

describe("fetchCifar10", () => {
  it("downloads, checks and unpacks exactly the files of interest, with progress", async () => {
    const archive = await archiveOf(archiveFiles);
    const { url } = await serve(sending(archive));
    const dataDir = join(await directory(), "new", "folder");
    const progress: [number, number | undefined][] = [];
    const onProgress = (bytes: number, total?: number) => progress.push([bytes, total]);

    const result = await fetchCifar10({ dataDir, url, md5: md5Of(archive), onProgress });

    expect(result).toEqual({ status: "fetched", dataDir });
    expect((await readdir(dataDir)).sort()).toEqual(names);
    for (const [name, bytes] of Object.entries(archiveFiles)) {
      expect(Buffer.compare(await readFile(join(dataDir, name)), bytes)).toBe(0);
    }
    expect(progress.at(-1)).toEqual([archive.length, archive.length]);
    expect((await cifar10({ dataDir })).labels).toEqual(Uint8Array.of(1, 2, 3, 4, 5, 6));
  });

  it("does nothing where all files are already", async () => {
    const server = await serve(sending(await archiveOf(archiveFiles)));
    const dataDir = await directory(recordFiles);
    expect(await fetchCifar10({ dataDir, url: server.url })).toEqual({
      status: "present",
      dataDir,
    });
    expect(server.requests()).toBe(0);
  });

  it("completes a directory that has some of the files", async () => {
    const archive = await archiveOf(archiveFiles);
    const { url } = await serve(sending(archive));
    const dataDir = await directory({ "test_batch.bin": archiveFiles["test_batch.bin"]! });
    await fetchCifar10({ dataDir, url, md5: md5Of(archive) });
    expect((await readdir(dataDir)).sort()).toEqual(names);
  });

  it("never replaces a file that differs", async () => {
    const archive = await archiveOf(archiveFiles);
    const { url } = await serve(sending(archive));
    const mine = records([9, 9, 9]);
    const dataDir = await directory({ "data_batch_2.bin": mine });
    const error = await failure({ dataDir, url, md5: md5Of(archive) });
    expect(error.message).toContain("data_batch_2.bin is there already and differs");
    expect(Buffer.compare(await readFile(join(dataDir, "data_batch_2.bin")), mine)).toBe(0);
  });

  it("does not count a damaged file as present", async () => {
    const dataDir = await directory({ ...recordFiles, "data_batch_4.bin": new Uint8Array(3000) });
    const error = await failure({ dataDir, url: "http://127.0.0.1:1/" });
    expect(error.message).toContain("data_batch_4.bin: the record at byte 0 has 3000 bytes");
  });

  it("refuses an archive with another checksum", async () => {
    const archive = await archiveOf(archiveFiles);
    const { url } = await serve(sending(archive));
    const error = await failure({ dataDir: await directory(), url }); // expects the official md5
    expect(error.message).toContain(
      `has md5 ${md5Of(archive)}, expected c32a1d4ab5d03f1284b67883e8d87530`,
    );
  });

  it("reports a download that breaks off", async () => {
    const archive = await archiveOf(archiveFiles);
    const half = archive.subarray(0, archive.length >> 1);
    const { url } = await serve((_, response) => {
      response.writeHead(200, { "content-length": archive.length });
      response.write(half, () => response.destroy());
    });
    const error = await failure({ dataDir: await directory(), url, md5: md5Of(archive) });
    expect(error.message).toMatch(
      new RegExp(`broke off after \\d+ of ${archive.length} bytes: other side closed`),
    );
  });

  it("refuses an archive that is itself cut short, even with its checksum", async () => {
    const whole = await archiveOf(archiveFiles);
    const archive = whole.subarray(0, whole.length - 20);
    const { url } = await serve(sending(archive));
    const error = await failure({ dataDir: await directory(), url, md5: md5Of(archive) });
    expect(error.message).toContain("unexpected end of file");
  });

  it("names the file that an archive lacks", async () => {
    const { "data_batch_3.bin": _, ...others } = archiveFiles;
    const archive = await archiveOf(others);
    const { url } = await serve(sending(archive));
    const error = await failure({ dataDir: await directory(), url, md5: md5Of(archive) });
    expect(error.message).toContain("the archive lacks data_batch_3.bin");
  });

  it("checks the records of the archive", async () => {
    const archive = await archiveOf({ ...archiveFiles, "data_batch_5.bin": records([77]) });
    const { url } = await serve(sending(archive));
    const error = await failure({ dataDir: await directory(), url, md5: md5Of(archive) });
    expect(error.message).toContain("data_batch_5.bin: the label at byte 0 (record 0) is 77");
  });

  it("says what to put where by hand when the server has no archive or there is none", async () => {
    const lost = await serve((_, response) => response.writeHead(404).end("gone"));
    const closed = await serve(() => {});
    await closed.close();
    const dataDir = await directory();
    for (const [url, problem] of [
      [lost.url, "the server answered 404 Not Found"],
      [closed.url, "ECONNREFUSED"],
    ] as const) {
      const error = await failure({ dataDir, url });
      expect(error).toBeInstanceOf(DatasetError);
      expect(error.message).toContain(`CIFAR-10 could not be fetched from ${url}: `);
      expect(error.message).toContain(problem);
      expect(error.message).toContain(
        `Put these files of CIFAR-10's binary version into ${dataDir}`,
      );
      expect(error.message).toContain("data_batch_1.bin … data_batch_5.bin");
      expect(error.message).toContain("test_batch.bin");
    }
  });

  it("stops when told to, with the caller's reason", async () => {
    const archive = await archiveOf(archiveFiles);
    const { url } = await serve((_, response) => {
      response.writeHead(200, { "content-length": archive.length });
      response.write(archive.subarray(0, 10)); // and never the rest
    });
    const stop = new AbortController();
    const error = await failure({
      dataDir: await directory(),
      url,
      md5: md5Of(archive),
      signal: stop.signal,
      onProgress: () => stop.abort(new Error("no longer wanted")),
    });
    expect(error.message).toBe("no longer wanted");
  });
});

describe("an archive from a stranger", () => {
  const bytes = new TextEncoder().encode("escaped");
  const file = (name: string): TarEntry => ({ header: { name, size: bytes.length }, body: bytes });
  const link = (type: "link" | "symlink", name: string, linkname: string): TarEntry => ({
    header: { name, size: 0, type, linkname },
  });
  const device = (name: string): TarEntry => ({
    header: { name, size: 0, type: "character-device" },
  });

  it("leaves nothing but the files of interest, where they belong", async () => {
    const home = await directory();
    const hostile = [
      ...["../batches.meta.txt", "../../escaped", `${home}/escaped`, "..\\..\\escaped"].map(file),
      ...["C:\\escaped", "a/../../escaped", `x/${"y/".repeat(60)}escaped`].map(file),
      link("symlink", "cifar-10-batches-bin/data_batch_9.bin", "/etc/passwd"),
      link("symlink", "unpacked", ".."),
      file("unpacked/escaped"),
      device("cifar-10-batches-bin/device"),
    ];
    const archive = await archiveOf(recordFiles, hostile);
    const { url } = await serve(sending(archive));
    const dataDir = join(home, "data");
    await fetchCifar10({ dataDir, url, md5: md5Of(archive) });
    expect(await readdir(home)).toEqual(["data"]);
    expect((await readdir(dataDir)).sort()).toEqual(names);
  });

  it.each([
    ["a symbolic link", link("symlink", "x/test_batch.bin", "/etc/passwd")],
    ["a hard link", link("link", "x/test_batch.bin", "/etc/passwd")],
    ["a device", device("x/test_batch.bin")],
    ["a name with a backslash", file("..\\test_batch.bin")],
  ])("gives no file of interest by %s", async (_, entry) => {
    const { "test_batch.bin": _batch, ...others } = archiveFiles;
    const archive = await archiveOf(others, [entry]);
    const { url } = await serve(sending(archive));
    const error = await failure({ dataDir: await directory(), url, md5: md5Of(archive) });
    expect(error.message).toContain("the archive lacks test_batch.bin");
  });

  it("has no file twice, of which one could not say which it is", async () => {
    const archive = await archiveOf(archiveFiles, [file("other/test_batch.bin")]);
    const { url } = await serve(sending(archive));
    const error = await failure({ dataDir: await directory(), url, md5: md5Of(archive) });
    expect(error.message).toContain("the archive has test_batch.bin twice");
  });

  it("is not unpacked without end", async () => {
    const size = 2 ** 28 + 1;
    const empty = { header: { name: "x/test_batch.bin", size: 0 } };
    const header = (await packTar([empty])).slice(0, 512);
    header.set(new TextEncoder().encode(size.toString(8).padStart(11, "0")), 124);
    header.fill(32, 148, 156);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.set(new TextEncoder().encode(`${sum.toString(8).padStart(6, "0")}\0 `), 148);
    const zeros = gzipSync(Buffer.alloc(2 ** 25), { level: 1 });
    // Streams of gzip one after another are one stream.
    const archive = Buffer.concat([gzipSync(header), ...Array(9).fill(zeros)]);
    const { url } = await serve(sending(archive));
    const error = await failure({ dataDir: await directory(), url, md5: md5Of(archive) });
    expect(error.message).toContain("the archive unpacks to more than 256 MiB");
  });
});
