import { checkOptions } from "@eoss/rng/internal";
import { archiveFilter, short } from "./archiveFilter.js";
import { type ByteSource, bytesOf, partOf } from "./bytes.js";

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
 * The wanted files of a zip archive by their names, each as its checksum (CRC-32) says. What is stored
 * without packing stays where it is until it is read. Files over one another, twice under a name,
 * encrypted, packed otherwise than deflated, or larger than 4 GiB are refused, as are bytes that belong
 * to nothing at the end.
 *
 * @throws RangeError if the archive is damaged, or too much is in it
 * @see https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
 */
export function openArchive(archive: ByteSource, options: ArchiveOptions): Map<string, ByteSource> {
  checkOptions("openArchive", options, ["most", "isWanted", "inflate"]);
  const { most, isWanted, inflate } = options;
  const wanted = archiveFilter(archive.size, most, isWanted);
  const files = new Map<string, ByteSource>();
  let free = 0;
  for (const entry of entriesOf(archive).sort((a, b) => a.offset - b.offset)) {
    const { name, method, checksum, size, originalSize, offset } = entry;
    const damaged = (why: string) => new RangeError(`its file ${short(name)} is damaged: ${why}`);
    const isOne = wanted(entry);
    if (offset < free) throw damaged("it overlaps another file");
    const begin = contentOf(archive, entry);
    if (begin === undefined) throw damaged("it is not at the listed position");
    free = begin + size;
    if (free > archive.size) throw damaged("it is cut off");
    if (!isOne) continue;
    if (files.has(name)) throw damaged("there are two files of this name");
    const packed = partOf(archive, begin, size);
    if (method !== STORED && method !== DEFLATED)
      throw damaged(`its packing, ${method}, is unknown`);
    const unpack = () => {
      try {
        return bytesOf(inflate(packed.read(0, size), new Uint8Array(originalSize)));
      } catch {
        throw damaged("it cannot be unpacked");
      }
    };
    const content = method === STORED ? packed : unpack();
    if (content.size !== originalSize || crc32(content) !== checksum) {
      throw damaged("its checksum is wrong");
    }
    files.set(name, content);
  }
  return files;
}

/** The same of an archive in memory, and the files in memory too. @throws RangeError as `openArchive` */
export function readArchive(archive: Uint8Array, options: ArchiveOptions): Map<string, Uint8Array> {
  const files = openArchive(bytesOf(archive), options);
  return new Map([...files].map(([name, content]) => [name, content.read(0, content.size)]));
}

function entriesOf(archive: ByteSource): Entry[] {
  const { count, begin, end } = listOf(archive);
  const list = archive.read(begin, end - begin);
  const view = new DataView(list.buffer);
  const decoder = new TextDecoder();
  let at = 0;
  return Array.from({ length: count }, () => {
    if (at + ENTRY.length > list.length || view.getUint32(at, true) !== ENTRY.mark) {
      throw new RangeError("its list of files is damaged");
    }
    const [names, extra, remark] = [28, 30, 32].map((place) => view.getUint16(at + place, true));
    const start = at + ENTRY.length;
    const entry = {
      name: decoder.decode(list.subarray(start, start + names!)),
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

/** Where the list of files stands: behind its end there is a remark of a known length alone. */
function listOf(archive: ByteSource): { count: number; begin: number; end: number } {
  const from = Math.max(0, archive.size - END.length - 0xffff);
  const tail = archive.read(from, archive.size - from);
  const view = new DataView(tail.buffer);
  for (let at = tail.length - END.length; at >= 0; at--) {
    if (view.getUint32(at, true) !== END.mark) continue;
    if (at + END.length + view.getUint16(at + 20, true) !== tail.length) continue;
    const begin = view.getUint32(at + 16, true);
    if (begin > from + at) break;
    return { count: view.getUint16(at + 10, true), begin, end: from + at };
  }
  throw new RangeError("it is not a complete zip archive");
}

/** Where the content of a file begins; undefined if no file begins where the list says. */
function contentOf(archive: ByteSource, { name, offset }: Entry): number | undefined {
  if (offset + LOCAL.length > archive.size) return undefined;
  const head = archive.read(offset, LOCAL.length);
  const view = new DataView(head.buffer);
  const [length, extra] = [view.getUint16(26, true), view.getUint16(28, true)];
  const begin = offset + LOCAL.length;
  if (view.getUint32(0, true) !== LOCAL.mark || begin + length > archive.size) return undefined;
  if (new TextDecoder().decode(archive.read(begin, length)) !== name) return undefined;
  return begin + length + extra;
}

/** Of the polynomial 0xEDB88320, a byte at a time. */
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte;
  for (let bit = 0; bit < 8; bit++) rest = (rest >>> 1) ^ (rest & 1 ? 0xedb88320 : 0);
  return rest;
});

/** Bytes that a checksum looks at together. */
const CHUNK = 2 ** 20;

/** The CRC-32 of zip archives (ISO 3309). */
function crc32(content: ByteSource): number {
  let rest = ~0;
  for (let from = 0; from < content.size; from += CHUNK) {
    const bytes = content.read(from, Math.min(CHUNK, content.size - from));
    for (let i = 0; i < bytes.length; i++) rest = (rest >>> 8) ^ TABLE[(rest ^ bytes[i]!) & 0xff]!;
  }
  return ~rest >>> 0;
}
