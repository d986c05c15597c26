import { closeSync, constants, fstatSync, openSync, readFileSync, readSync } from "node:fs";
import { checkName, InTheWay, OpenFolder, splitPath } from "./openFolder.js";

/** A pipe that is there meanwhile is not waited for; Windows has neither flag. */
const { O_NOFOLLOW = 0, O_NONBLOCK = 0, O_RDONLY } = constants;

/**
 * Opens a file of a folder that may be a stranger's, to be read. A link leads to what is not in the
 * folder, a device has no end, and a pipe would be waited for for ever: they are refused.
 *
 * @param root the folder that the user named, if the file is deeper in it: below, no link is followed
 * @returns its descriptor
 * @throws InTheWay if it is no file, or as `openSync`
 */
export function openFile(path: string, root?: string): number {
  const [directory, name] = splitPath(path);
  const folder = OpenFolder.open(directory, root ?? directory);
  try {
    checkName(folder, name);
    const file = openSync(folder.at(name), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    if (fstatSync(file).isFile()) return file;
    closeSync(file);
    throw new InTheWay(`${path} is not a regular file`);
  } finally {
    folder.close();
  }
}

/** The content of a file of a folder that may be a stranger's. @param root, @throws as `openFile` */
export function readFile(path: string, root?: string): Buffer {
  const file = openFile(path, root);
  try {
    return readFileSync(file);
  } finally {
    closeSync(file);
  }
}

/** Enough for the last record of a run, with the values of its batches. */
const END = 65_536; // bytes

/** The last lines of such a file, which may be long: the first of them begins anywhere. */
export function readEnd(path: string, root?: string): string {
  const file = openFile(path, root);
  try {
    const { size } = fstatSync(file);
    const bytes = Buffer.alloc(Math.min(size, END));
    return bytes.toString("utf8", 0, readSync(file, bytes, 0, bytes.length, size - bytes.length));
  } finally {
    closeSync(file);
  }
}
