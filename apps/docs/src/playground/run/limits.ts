import { RunFolderError } from "@eoss/run";

/** What a page takes in at once; larger runs are for the program, which has no such limits. */
export const LIMITS = {
  /** Of all files together, unpacked. */
  bytes: 2 ** 26,
  /** Files and folders that are looked at. */
  files: 10_000,
  /** Each is a line in every chart. */
  runs: 100,
  /** Of all runs together; each is a line. */
  records: 500_000,
  /** Characters of a line, and of a run.json. */
  line: 2 ** 20,
} as const;

const MIB = 2 ** 20;

/** How much of the limits is used up by what is dropped at once. */
export class Room {
  #bytes = 0;
  #files = 0;

  /** @throws RunFolderError if there is no room for so many bytes more */
  takeBytes(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes <= LIMITS.bytes) return;
    throw tooMuch(`These files take more than ${LIMITS.bytes / MIB} MiB`);
  }

  /** @throws RunFolderError if there are too many files */
  takeFile(): void {
    this.#files += 1;
    if (this.#files <= LIMITS.files) return;
    throw tooMuch(`There are more than ${LIMITS.files} files here`);
  }
}

export function tooMuch(what: string): RunFolderError {
  return new RunFolderError(
    `${what}, which is the limit of this page. "eoss report DIR" on your machine has no limit.`,
  );
}
