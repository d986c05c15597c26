/** Downloads a file and checks it; takes files out of an archive. */

import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { readdir } from "node:fs/promises";
import { basename } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream } from "node:stream/web";
import { createGunzip } from "node:zlib";
import { unpackTar } from "modern-tar/fs";

/** The largest official archive here has 182 MB, and 184 MB unpacked: what is larger is another one. */
const MOST_BYTES = 2 ** 28;

export interface DownloadOptions {
  /** Hexadecimal. */
  readonly md5: string;
  readonly onProgress?: ((bytes: number, total: number | undefined) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A file from the network, whole and checked. @throws Error saying what went wrong */
export async function download(
  url: string,
  file: string,
  { md5, onProgress, signal }: DownloadOptions,
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
    for await (const chunk of limited(chunks, "the file has")) {
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
    throw new Error(`the file of ${bytes} bytes has md5 ${found}, expected ${md5}`);
  }
}

/**
 * The files of interest, whatever folder of the archive they are in, into a new flat folder: links and
 * devices are no files, and no name leads out of it.
 */
export async function unpack(
  archive: string,
  folder: string,
  wanted: readonly string[],
  signal?: AbortSignal,
): Promise<void> {
  const seen: string[] = [];
  const files = unpackTar(folder, {
    filter: ({ name, type }) => {
      if (type !== "file" || !wanted.includes(basename(name))) return false;
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
  const lacking = wanted.filter((name) => !found.includes(name));
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

/** What went wrong in words; fetch itself says only "fetch failed" or "terminated" and why in its cause. */
export function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof TypeError && error.cause) return reason(error.cause);
  // When several addresses were tried, the error has a code but no message.
  return error.message || String((error as NodeJS.ErrnoException).code);
}
