import type { Files } from "./folder.js";

const WANTED = /(^|\/)(run\.json|metrics\.jsonl|[^/]+\.zip)$/;

/** The files of a run among what was dropped on the page, folders included. */
export async function droppedFiles(items: DataTransferItemList): Promise<Files> {
  // Both are to be asked for before anything is waited for: the list is emptied then.
  const files = [...items].flatMap((item) =>
    item.webkitGetAsEntry() === null ? (item.getAsFile() ?? []) : [],
  );
  const entries = [...items].flatMap((item) => item.webkitGetAsEntry() ?? []);
  const found: Record<string, Uint8Array> = { ...(await chosenFiles(files)) };
  for (const entry of entries) await collect(entry, found);
  return found;
}

/** The files of a run among what was chosen in a dialog. */
export async function chosenFiles(files: Iterable<File>): Promise<Files> {
  const found: Record<string, Uint8Array> = {};
  for (const file of files) {
    const path = file.webkitRelativePath || file.name;
    if (WANTED.test(path)) found[path] = await bytesOf(file);
  }
  return found;
}

async function collect(entry: FileSystemEntry, found: Record<string, Uint8Array>): Promise<void> {
  const path = entry.fullPath.replace(/^\//, "");
  if (entry.isFile && WANTED.test(path)) {
    const file = await new Promise<File>((resolve, reject) => {
      (entry as FileSystemFileEntry).file(resolve, reject);
    });
    found[path] = await bytesOf(file);
  }
  if (!entry.isDirectory) return;
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  // A reader gives some hundred entries at a time, until it gives none.
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => {
      reader.readEntries(resolve, reject);
    });
    if (some.length === 0) return;
    for (const one of some) await collect(one, found);
  }
}

async function bytesOf(file: File): Promise<Uint8Array> {
  return new Uint8Array(await file.arrayBuffer());
}
