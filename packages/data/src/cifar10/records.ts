import { readFile, stat } from "node:fs/promises";
import { DatasetError } from "../dataset.js";
import { requireFile } from "../files/disk.js";

/**
 * The official binary format: a label byte 0..9, then 32×32 red, green and blue bytes, each plane
 * row by row. No header.
 *
 * @see https://www.cs.toronto.edu/~kriz/cifar.html, "Binary version"
 */
export const PLANE = 32 * 32;
export const CHANNELS = 3;
export const RECORD = 1 + CHANNELS * PLANE;
export const CLASSES = 10;

/** Bytes of a file: thirty times as many images as the archive has in one. */
const MOST = 300_000 * RECORD;

/**
 * All records of a file.
 *
 * @returns [records × 3073] bytes
 * @throws DatasetError with file, offset and what was expected, if it is no regular file, not a whole number of
 * records (at least one) or a label is not 0..9
 */
export async function readRecords(file: string): Promise<Uint8Array> {
  requireFile(file);
  const { size } = await stat(file);
  if (size > MOST) {
    throw new DatasetError(
      `${file} has ${size} bytes, expected up to ${MOST}: a file of the archive has 30,730,000`,
    );
  }
  const bytes = await readFile(file);
  const rest = bytes.length % RECORD;
  if (bytes.length === 0 || rest > 0) {
    throw new DatasetError(
      `${file}: the record at byte ${bytes.length - rest} has ${rest} bytes, expected ${RECORD} ` +
        `(a label and 3 × 32 × 32 pixels); the file is truncated or not CIFAR-10's binary version`,
    );
  }
  for (let offset = 0; offset < bytes.length; offset += RECORD) {
    const label = bytes[offset]!;
    if (label >= CLASSES) {
      throw new DatasetError(
        `${file}: the label at byte ${offset} (record ${offset / RECORD}) is ${label}, ` +
          `expected 0 to ${CLASSES - 1}`,
      );
    }
  }
  return bytes;
}
