/** What is wrong with a path, by the code of the system's error, and what to do. */
const WORDS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file or folder",
  EEXIST: "something is there already: choose another path",
  EISDIR: "it is a folder: give a file",
  ENOTDIR: "a part of the path is a file: choose another folder",
  ENAMETOOLONG: "the name is too long: choose a shorter one",
  EACCES: "permission denied: choose a file or folder that you may use",
  EPERM: "permission denied: choose a file or folder that you may use",
  EROFS: "the file system is read-only: choose another folder",
  ELOOP: "a symbolic link is in the way: remove it, or choose another folder",
  ENOTEMPTY: "the folder is not empty: choose another path",
  ENOSPC: "the disk is full: free some space",
  EDQUOT: "the disk quota is used up: free some space",
  EMFILE: "too many files are open: raise the limit (ulimit -n), or give fewer",
  EINVAL: "the system takes no such path: choose another",
  ENXIO: "it is no regular file: give a file",
};

/** The words for an error of the system about a path; undefined for other errors. */
export function systemErrorWords(error: unknown): string | undefined {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === "string" && Object.hasOwn(WORDS, code) ? WORDS[code] : undefined;
}
