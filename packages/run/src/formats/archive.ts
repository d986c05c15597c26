import { cut } from "../settings/shortText.js";
import { archiveFilter } from "./archiveFilter.js";

/** Signatures of a zip archive, and the lengths of what they begin without names and remarks. */
const END = { mark: 0x06054b50, length: 22 };
const ENTRY = { mark: 0x02014b50, length: 46 };
const LOCAL = { mark: 0x04034b50, length: 30 };
const STORED = 0;
const DEFLATED = 8;
const ENCRYPTED = 1;

interface ArchiveOptions {
  /** Bytes that the wanted files together may unpack to. */
  readonly most: number;
  /** By its name in the archive. */
  readonly isWanted: (name: string) => boolean;
  /** Unpacks a deflated file into as many bytes as there are to be. */
  readonly inflate: (packed: Uint8Array, out: Uint8Array) => Uint8Array;
}

/** A file of an archive as its directory has it. */
interface Entry {
  readonly name: string;
  readonly method: number;
  readonly checksum: number;
  readonly size: number;
  readonly originalSize: number;
  /** Where it begins in the archive. */
  readonly offset: number;
}

/**
 * The wanted files of a zip archive by their names, each as its checksum (CRC-32) says. Files over one
 * another, twice under a name, encrypted, packed otherwise than deflated, or larger than 4 GiB are
 * refused, as are bytes that belong to nothing at the end.
 *
 * @throws RangeError if the archive is damaged, or too much is in it
 * @see https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
 */
export function readArchive(
  archive: Uint8Array,
  { most, isWanted, inflate }: ArchiveOptions,
): Map<string, Uint8Array> {
  const view = new DataView(archive.buffer, archive.byteOffset, archive.byteLength);
  const wanted = archiveFilter(archive.length, most, isWanted);
  const files = new Map<string, Uint8Array>();
  let free = 0;
  for (const entry of entriesOf(archive, view).sort((a, b) => a.offset - b.offset)) {
    const { name, method, checksum, size, originalSize, offset } = entry;
    const damaged = (why: string) => new RangeError(`its file ${cut(name, 80)} is damaged: ${why}`);
    const isOne = wanted(entry);
    if (offset < free) throw damaged("it overlaps another file");
    if (!startsLocal(archive, view, entry)) throw damaged("it is not at the listed position");
    const begin =
      offset + LOCAL.length + view.getUint16(offset + 26, true) + view.getUint16(offset + 28, true);
    free = begin + size;
    if (free > archive.length) throw damaged("it is cut off");
    if (!isOne) continue;
    if (files.has(name)) throw damaged("there are two files of this name");
    const packed = archive.subarray(begin, free);
    if (method !== STORED && method !== DEFLATED)
      throw damaged(`its packing, ${method}, is unknown`);
    const content = method === STORED ? packed : inflate(packed, new Uint8Array(originalSize));
    if (content.length !== originalSize || crc32(content) !== checksum) {
      throw damaged("its checksum is wrong");
    }
    files.set(name, content);
  }
  return files;
}

function entriesOf(archive: Uint8Array, view: DataView): Entry[] {
  const end = endOf(view);
  const count = view.getUint16(end + 10, true);
  const decoder = new TextDecoder();
  let at = view.getUint32(end + 16, true);
  return Array.from({ length: count }, () => {
    if (at + ENTRY.length > end || view.getUint32(at, true) !== ENTRY.mark) {
      throw new RangeError("its list of files is damaged");
    }
    const [names, extra, remark] = [28, 30, 32].map((place) => view.getUint16(at + place, true));
    const start = at + ENTRY.length;
    const entry = {
      name: decoder.decode(archive.subarray(start, start + names!)),
      method: view.getUint16(at + 8, true) & ENCRYPTED ? -1 : view.getUint16(at + 10, true),
      checksum: view.getUint32(at + 16, true),
      size: view.getUint32(at + 20, true),
      originalSize: view.getUint32(at + 24, true),
      offset: view.getUint32(at + 42, true),
    };
    at = start + names! + extra! + remark!;
    return entry;
  });
}

/** Where the end of the list of files stands: behind it there is a remark of a known length alone. */
function endOf(view: DataView): number {
  const last = view.byteLength - END.length;
  for (let at = last; at >= Math.max(0, last - 0xffff); at--) {
    if (view.getUint32(at, true) !== END.mark) continue;
    if (at + END.length + view.getUint16(at + 20, true) === view.byteLength) return at;
  }
  throw new RangeError("it is not a complete zip archive");
}

/** Whether a file begins where the list says, under the name that the list has for it. */
function startsLocal(archive: Uint8Array, view: DataView, { name, offset }: Entry): boolean {
  if (offset + LOCAL.length > archive.length) return false;
  const begin = offset + LOCAL.length;
  const length = view.getUint16(offset + 26, true);
  return (
    view.getUint32(offset, true) === LOCAL.mark &&
    new TextDecoder().decode(archive.subarray(begin, begin + length)) === name
  );
}

/** Of the polynomial 0xEDB88320, a byte at a time. */
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte;
  for (let bit = 0; bit < 8; bit++) rest = (rest >>> 1) ^ (rest & 1 ? 0xedb88320 : 0);
  return rest;
});

/** The CRC-32 of zip archives (ISO 3309). */
function crc32(bytes: Uint8Array): number {
  let rest = ~0;
  for (let i = 0; i < bytes.length; i++) rest = (rest >>> 8) ^ TABLE[(rest ^ bytes[i]!) & 0xff]!;
  return ~rest >>> 0;
}
