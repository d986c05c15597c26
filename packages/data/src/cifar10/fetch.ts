/** Downloads the CIFAR-10 archive and checks it. */

import { mkdir, mkdtemp, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import {
  abortSignal,
  callback,
  checkTypedOptions,
  needed,
  type OptionDomains,
  text,
} from "@eoss/rng/internal";
import { DatasetError } from "../dataset.js";
import { download, reason, unpack } from "../fetch/download.js";
import { ARCHIVE_FILES, ARCHIVE_MD5, ARCHIVE_URL, howToPlaceFiles, RECORD_FILES } from "./files.js";
import { readRecords } from "./records.js";

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

export const FETCH_OPTIONS: OptionDomains<FetchOptions> = {
  ...{ dataDir: needed(text), url: text, md5: text },
  ...{ onProgress: callback, signal: abortSignal },
};

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
  checkTypedOptions("fetchCifar10", options, FETCH_OPTIONS, DatasetError);
  const { dataDir, url = ARCHIVE_URL, md5 = ARCHIVE_MD5, onProgress, signal } = options;
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
    await unpack(archive, unpacked, ARCHIVE_FILES, signal);
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

async function requireSame(mine: string, official: string): Promise<void> {
  if ((await readFile(mine)).equals(await readFile(official))) return;
  throw new Error(`${mine} is there already and differs from the archive's; move it away first`);
}
