/** A path at the beginning of a word, also behind "=": absolute, from here on, from home, or as a URL. */
const PATH = /(?<=^|[\s=,:"])(?:file:\/\/|~?\.{0,2}[/\\]|[A-Za-z]:[\\/])[^\s=,"]*/g;

/**
 * A text for titles, legends and names of files: of each path in it the last name alone, as in "muon.js#fast".
 * Folders are of the machine that made a run; the table of its settings has them.
 */
export function withoutFolders(text: string): string {
  return text.replace(PATH, (path) => {
    const name = path.split(/[\\/]/).findLast((part) => part !== "");
    return name === undefined ? path : path.startsWith("file:") ? decoded(name) : name;
  });
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
