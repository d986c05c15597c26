/** Bytes that are read where they are needed: of a file, or in memory. */
export interface ByteSource {
  readonly size: number;
  /** A copy, at the beginning of a buffer of its own. @throws RangeError if it ends beyond the source */
  read(offset: number, length: number): Uint8Array;
}

/** Bytes in memory as a source. */
export function bytesOf(bytes: Uint8Array): ByteSource {
  return {
    size: bytes.length,
    read(offset, length) {
      checkPart(offset, length, bytes.length);
      // Node's buffers have a slice of their own, which is no copy.
      return new Uint8Array(bytes.subarray(offset, offset + length));
    },
  };
}

/** A part of a source as a source. */
export function partOf(source: ByteSource, begin: number, size: number): ByteSource {
  return {
    size,
    read(offset, length) {
      checkPart(offset, length, size);
      return source.read(begin + offset, length);
    },
  };
}

/** @throws RangeError where a part is not within so many bytes */
export function checkPart(offset: number, length: number, size: number): void {
  if (offset >= 0 && length >= 0 && offset + length <= size) return;
  throw new RangeError(
    `bytes ${offset} to ${offset + length} are asked for, and there are ${size}: it is cut off`,
  );
}
