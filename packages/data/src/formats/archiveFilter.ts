/** What an archive says of a file in it; sizes in bytes. */
export interface ArchivedFile {
  readonly name: string;
  /** As it lies in the archive. */
  readonly size: number;
  /** As it is to be unpacked. */
  readonly originalSize: number;
}

const MOST_FILES = 10_000;

/**
 * Neither weights nor records pack to so little; an archive that unpacks to less than `SMALL` may.
 */
const RATIO = 100;
const SMALL = 2 ** 26; // bytes

/** Deflate cannot make more of a byte. */
const DEFLATE_RATIO = 1032;

/**
 * Says which files of a zip archive are to be unpacked, and stops at what would unpack to more than
 * there may be room for: a few kilobytes can be made to fill a machine.
 *
 * @param length of the archive in bytes
 * @param most bytes that the wanted files together may unpack to
 * @param isWanted by its name in the archive
 * @returns the filter for one archive, to be asked for each file before it is unpacked
 * @throws RangeError if the archive is damaged, or too much is in it
 */
export function archiveFilter(
  length: number,
  most: number,
  isWanted: (name: string) => boolean,
): (file: ArchivedFile) => boolean {
  let [files, packed, unpacked] = [0, 0, 0];
  return ({ name, size, originalSize }) => {
    files += 1;
    packed += size;
    if (files > MOST_FILES) {
      throw new RangeError(`it has more than ${MOST_FILES} files, and is not unpacked`);
    }
    // Also where files lie one over the other, each time to be unpacked anew.
    if (!(packed <= length && originalSize <= DEFLATE_RATIO * size + 1024)) {
      throw new RangeError(`its file ${short(name)} is damaged`);
    }
    if (!isWanted(name)) return false;
    unpacked += originalSize;
    if (unpacked > most) {
      throw new RangeError(
        `its content takes more than ${most / 2 ** 20} MiB unpacked, which is the limit`,
      );
    }
    if (unpacked > Math.max(SMALL, RATIO * length)) {
      throw new RangeError(
        `its content takes more than ${RATIO} times its size unpacked; arrays and records never do`,
      );
    }
    return true;
  };
}

/** A name of a stranger as messages show it. */
export function short(name: string): string {
  return name.length > 80 ? `${name.slice(0, 80)}…` : name;
}
