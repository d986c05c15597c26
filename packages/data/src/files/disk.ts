/** Files on disk as sources of bytes. */

import { closeSync, existsSync, fstatSync, openSync, readSync, statSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { DatasetError } from "../dataset.js";
import { type ByteSource, bytesOf, checkPart } from "../formats/bytes.js";
import { fault, naming } from "./raw.js";

/** One call of the system reads no more. */
const MOST_AT_ONCE = 2 ** 30;
/** What a packed file may unpack to. */
const MOST_UNPACKED = 2 ** 32;

/** Runs something with a file as a source, unpacked if it is gzipped; then closes it. */
export function withFile<T>(path: string, use: (file: ByteSource) => T): T {
  requireFile(path);
  const handle = openSync(path, "r");
  try {
    const source = handleSource(handle);
    const start = source.read(0, Math.min(2, source.size));
    const gzipped = start[0] === 0x1f && start[1] === 0x8b;
    return naming(path, () => use(gzipped ? unpacked(source) : source));
  } finally {
    closeSync(handle);
  }
}

/** All bytes of a file, unpacked if it is gzipped. */
export function readWhole(path: string): Uint8Array {
  return withFile(path, (file) => file.read(0, file.size));
}

/** @throws DatasetError if there is no regular file under the name: a pipe would be read for ever */
export function requireFile(path: string): void {
  if (!existsSync(path)) {
    throw new DatasetError(
      `${path}: there is no such file; relative paths begin at --data-dir, or else here`,
    );
  }
  if (!statSync(path).isFile()) throw fault(path, "it is not a regular file");
}

function handleSource(handle: number): ByteSource {
  const { size } = fstatSync(handle);
  return {
    size,
    read(offset, length) {
      checkPart(offset, length, size);
      const bytes = new Uint8Array(length);
      for (let filled = 0; filled < length; ) {
        const part = Math.min(MOST_AT_ONCE, length - filled);
        const got = readSync(handle, bytes, filled, part, offset + filled);
        if (got === 0) throw new RangeError("it became shorter while it was read");
        filled += got;
      }
      return bytes;
    },
  };
}

function unpacked(file: ByteSource): ByteSource {
  try {
    const packed = file.read(0, file.size);
    return bytesOf(new Uint8Array(gunzipSync(packed, { maxOutputLength: MOST_UNPACKED })));
  } catch (error) {
    throw new RangeError(`it cannot be unpacked by gzip (${(error as Error).message})`, {
      cause: error,
    });
  }
}
