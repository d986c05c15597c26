/** Downloads official files of data sets, and checks them. */

import { createHash } from "node:crypto";
import { createReadStream, existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { checkTypedOptions, record } from "@eoss/rng/internal";
import type { FetchOptions, FetchResult } from "../cifar10/fetch.js";
import { FETCH_OPTIONS, fetchCifar10 } from "../cifar10/fetch.js";
import { DatasetError } from "../dataset.js";
import { download, reason, unpack } from "../fetch/download.js";
import { howToPlace, type OfficialName, type OfficialSet, officialSets } from "./files.js";

/** The data sets with files that a person or `fetchDataset` puts into a folder. */
export const fetchedNames = ["cifar10", ...(Object.keys(officialSets) as OfficialName[])] as const;

export interface FetchDatasetOptions extends FetchOptions {
  /** Checksums of single files at a mirror, by their names. Default: the official ones. */
  md5s?: Readonly<Record<string, string>>;
}

/**
 * Downloads the official files of a data set, checks them, and puts them into a directory. Files that
 * are there stay as they are, if they are the official ones.
 *
 * @throws DatasetError if they cannot be had or are not the right ones; it says which files to put where
 * by hand, also for data sets that no program may fetch. The signal's reason if aborted
 */
export async function fetchDataset(
  name: string,
  options: FetchDatasetOptions,
): Promise<FetchResult> {
  if (name === "cifar10") {
    const { md5s: _, ...own } = options;
    return fetchCifar10(own);
  }
  if (!Object.hasOwn(officialSets, name)) {
    throw new DatasetError(
      `there is nothing to download for "${name}"; allowed: ${fetchedNames.join(", ")}`,
    );
  }
  const known = { ...FETCH_OPTIONS, md5s: record("of checksums by file") };
  checkTypedOptions<FetchDatasetOptions>("fetchDataset", options, known, DatasetError);
  const { dataDir, url, md5, md5s = {}, onProgress, signal } = options;
  const own = name as OfficialName;
  const { base, archive, files }: OfficialSet = officialSets[own];
  signal?.throwIfAborted();
  const lacking = files.filter((file) => !existsSync(join(dataDir, file.name)));
  for (const file of files)
    if (!lacking.includes(file))
      await checkFile(join(dataDir, file.name), md5s[file.name] ?? file.md5);
  if (lacking.length === 0) return { status: "present", dataDir };
  if (base === undefined && archive === undefined) throw new DatasetError(howToPlace(own, dataDir));
  await mkdir(dataDir, { recursive: true });
  const work = await mkdtemp(join(dataDir, ".fetch-"));
  try {
    if (archive) {
      const packed = join(work, "archive.tar.gz");
      await download(url ?? archive.url, packed, { md5: md5 ?? archive.md5, onProgress, signal });
      await unpack(
        packed,
        join(work, "unpacked"),
        files.map((file) => file.name),
        signal,
      );
      for (const file of lacking)
        await rename(join(work, "unpacked", file.name), join(dataDir, file.name));
    } else {
      for (const file of lacking) {
        const from = new URL(file.name, (url ?? base!).replace(/\/?$/, "/")).href;
        await download(from, join(work, file.name), {
          md5: md5s[file.name] ?? file.md5!,
          onProgress,
          signal,
        });
      }
      for (const file of lacking) await rename(join(work, file.name), join(dataDir, file.name));
    }
  } catch (cause) {
    signal?.throwIfAborted();
    throw new DatasetError(
      `${name} could not be fetched: ${reason(cause)}\n${howToPlace(own, dataDir)}`,
      { cause },
    );
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return { status: "fetched", dataDir };
}

/** @throws DatasetError if the file is another one than the official one */
async function checkFile(path: string, md5: string | undefined): Promise<void> {
  if (md5 === undefined) return;
  const hash = createHash("md5");
  await pipeline(createReadStream(path), hash);
  const found = hash.digest("hex");
  if (found !== md5)
    throw new DatasetError(
      `${path} has md5 ${found}, expected ${md5}: it is damaged or another file; move it away first`,
    );
}
