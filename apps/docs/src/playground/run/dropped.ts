import type { FileContents } from "./folder.js";
import { Room } from "./limits.js";

const WANTED = /(^|\/)(run\.json|metrics\.jsonl|[^/]+\.zip)$/;

/**
 * The files of a run among what was dropped on the page, folders included.
 *
 * @throws RunFolderError if they are more than the page takes
 */
export async function droppedFiles(items: DataTransferItemList): Promise<FileContents> {
  // Both are to be asked for before anything is waited for: the list is emptied then.
  const files = [...items].flatMap((item) =>
    item.webkitGetAsEntry() === null ? (item.getAsFile() ?? []) : [],
  );
  const entries = [...items].flatMap((item) => item.webkitGetAsEntry() ?? []);
  const room = new Room();
  const found: Record<string, Uint8Array> = { ...(await chosenFiles(files, room)) };
  for (const entry of entries) await collect(entry, found, room);
  return found;
}

/** The files of a run among what was chosen in a dialog. @throws as `droppedFiles` */
export async function chosenFiles(files: Iterable<File>, room = new Room()): Promise<FileContents> {
  const found: Record<string, Uint8Array> = {};
  for (const file of files) {
    const path = file.webkitRelativePath || file.name;
    room.takeFile();
    if (WANTED.test(path)) found[path] = await bytesOf(file, room);
  }
  return found;
}

async function collect(
  entry: FileSystemEntry,
  found: Record<string, Uint8Array>,
  room: Room,
): Promise<void> {
  room.takeFile();
  const path = entry.fullPath.replace(/^\//, "");
  if (entry.isFile && WANTED.test(path)) {
    const file = await new Promise<File>((resolve, reject) => {
      (entry as FileSystemFileEntry).file(resolve, reject);
    });
    found[path] = await bytesOf(file, room);
  }
  if (!entry.isDirectory) return;
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  // A reader gives some hundred entries at a time, until it gives none.
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => {
      reader.readEntries(resolve, reject);
    });
    if (some.length === 0) return;
    for (const one of some) await collect(one, found, room);
  }
}

/** Its size is asked for before it is read. */
async function bytesOf(file: File, room: Room): Promise<Uint8Array> {
  room.takeBytes(file.size);
  return new Uint8Array(await file.arrayBuffer());
}
