/** Downloads the CIFAR-10 archive and checks it. */

import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rename, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream } from "node:stream/web";
import { createGunzip } from "node:zlib";
import { checkOptions } from "@eoss/rng/internal";
import { unpackTar } from "modern-tar/fs";
import { DatasetError } from "../dataset.js";
import { ARCHIVE_FILES, ARCHIVE_MD5, ARCHIVE_URL, howToPlaceFiles, RECORD_FILES } from "./files.js";
import { readRecords } from "./records.js";

/** The official archive has 170 MB, and 184 MB unpacked: what is larger is another one. */
const MOST_BYTES = 2 ** 28;

export interface FetchOptions {
  /** Where the files shall lie; made if it is not there. */
  dataDir: string;
  /** Default: the official archive. */
  url?: string;
  /** The checksum of the archive, hexadecimal. Default: the official one. */
  md5?: string;
  /** Called as the archive arrives, with its bytes so far and in all (undefined if not announced). */
  onProgress?: (bytes: number, total: number | undefined) => void;
  /** Aborting it stops the download and removes what was begun. */
  signal?: AbortSignal;
}

export interface FetchResult {
  /** "present": all files were there already and nothing was downloaded. */
  readonly status: "fetched" | "present";
  readonly dataDir: string;
}

/**
 * Downloads CIFAR-10's binary version, checks it, and puts its files into a directory.
 *
 * All work happens in a temporary folder inside `dataDir`; each file moves to its place, whole and
 * checked, by a rename. Files that are there already stay as they are.
 *
 * @example
 * await fetchCifar10({ dataDir: "cifar10", onProgress: (bytes, total) => console.log(bytes, total) });
 *
 * @throws DatasetError if the archive cannot be had or is not the right one (the message says which
 * files to put where by hand), or a file that is there already is damaged or another one;
 * the signal's reason if aborted
 */
export async function fetchCifar10(options: FetchOptions): Promise<FetchResult> {
  const known = ["dataDir", "url", "md5", "onProgress", "signal"];
  checkOptions("fetchCifar10", options, known, DatasetError);
  const { dataDir, url = ARCHIVE_URL, md5 = ARCHIVE_MD5, onProgress, signal } = options;
  if (typeof dataDir !== "string") {
    throw new DatasetError("fetchCifar10 needs dataDir, the directory where the files shall lie");
  }
  signal?.throwIfAborted();
  await mkdir(dataDir, { recursive: true });
  const present = (await readdir(dataDir)).filter((name) => ARCHIVE_FILES.includes(name));
  const recordsPresent = RECORD_FILES.filter((name) => present.includes(name));
  for (const name of recordsPresent) await readRecords(join(dataDir, name));
  if (recordsPresent.length === RECORD_FILES.length) return { status: "present", dataDir };

  const work = await mkdtemp(join(dataDir, ".fetch-"));
  try {
    const archive = join(work, "archive.tar.gz");
    const unpacked = join(work, "unpacked");
    await download(url, archive, { md5, onProgress, signal });
    await unpack(archive, unpacked, signal);
    for (const name of RECORD_FILES) await readRecords(join(unpacked, name));
    for (const name of present) await requireSame(join(dataDir, name), join(unpacked, name));
    for (const name of ARCHIVE_FILES.filter((name) => !present.includes(name))) {
      await rename(join(unpacked, name), join(dataDir, name));
    }
  } catch (cause) {
    signal?.throwIfAborted();
    throw new DatasetError(
      `CIFAR-10 could not be fetched from ${url}: ${reason(cause)}\n${howToPlaceFiles(dataDir)}`,
      { cause },
    );
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return { status: "fetched", dataDir };
}

async function download(
  url: string,
  file: string,
  { md5, onProgress, signal }: Pick<FetchOptions, "md5" | "onProgress" | "signal">,
): Promise<void> {
  const response = await fetch(url, { signal, headers: { "accept-encoding": "identity" } });
  if (!response.ok || !response.body) {
    await response.body?.cancel();
    throw new Error(`the server answered ${response.status} ${response.statusText}`);
  }
  const total = Number(response.headers.get("content-length")) || undefined;
  const hash = createHash("md5");
  let bytes = 0;
  const watch = async function* (chunks: AsyncIterable<Uint8Array>) {
    for await (const chunk of limited(chunks, "the archive has")) {
      hash.update(chunk);
      bytes += chunk.length;
      onProgress?.(bytes, total);
      yield chunk;
    }
  };
  try {
    // Two declarations of one and the same stream: the browser's and Node's.
    const body = Readable.fromWeb(response.body as ReadableStream<Uint8Array>);
    await pipeline(body, watch, createWriteStream(file), { signal });
  } catch (cause) {
    const arrived = `${bytes} of ${total ?? "an unknown number of"} bytes`;
    throw new Error(`the download broke off after ${arrived}: ${reason(cause)}`, { cause });
  }
  const found = hash.digest("hex");
  if (found !== md5) {
    throw new Error(`the archive of ${bytes} bytes has md5 ${found}, expected ${md5}`);
  }
}

/**
 * The files of interest, whatever folder of the archive they are in, into a new flat folder: links and
 * devices are no files, and no name leads out of it.
 */
async function unpack(archive: string, folder: string, signal?: AbortSignal): Promise<void> {
  const seen: string[] = [];
  const files = unpackTar(folder, {
    filter: ({ name, type }) => {
      if (type !== "file" || !ARCHIVE_FILES.includes(basename(name))) return false;
      seen.push(basename(name));
      return seen.indexOf(basename(name)) === seen.length - 1;
    },
    map: (header) => ({ ...header, name: basename(header.name) }),
  });
  const watch = (chunks: AsyncIterable<Uint8Array>) => limited(chunks, "the archive unpacks to");
  await pipeline(createReadStream(archive), createGunzip(), watch, files, { signal });
  const twice = seen.find((name, i) => seen.indexOf(name) !== i);
  if (twice !== undefined) throw new Error(`the archive has ${twice} twice`);
  const found = await readdir(folder);
  const lacking = ARCHIVE_FILES.filter((name) => !found.includes(name));
  if (lacking.length > 0) throw new Error(`the archive lacks ${lacking.join(", ")}`);
}

/** Chunks as they come, up to the limit: a small archive can be made to fill a disk. */
async function* limited(chunks: AsyncIterable<Uint8Array>, what: string) {
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > MOST_BYTES) throw new Error(`${what} more than ${MOST_BYTES / 2 ** 20} MiB`);
    yield chunk;
  }
}

async function requireSame(mine: string, official: string): Promise<void> {
  if ((await readFile(mine)).equals(await readFile(official))) return;
  throw new Error(`${mine} is there already and differs from the archive's; move it away first`);
}

/** What went wrong in words; fetch itself says only "fetch failed" or "terminated" and why in its cause. */
function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof TypeError && error.cause) return reason(error.cause);
  // When several addresses were tried, the error has a code but no message.
  return error.message || String((error as NodeJS.ErrnoException).code);
}
