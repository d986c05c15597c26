/** What would end a cell, or be a link, an image, code or HTML: names in a run may be a stranger's. */
const ACTIVE = /[\\|[\]`<>&]/g;
const HTML: Readonly<Record<string, string>> = { "<": "&lt;", ">": "&gt;", "&": "&amp;" };

/** A table in Markdown, of texts. */
export function markdownTable(
  header: readonly string[],
  rows: ReadonlyArray<readonly string[]>,
): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => textOf(cell)).join(" | ")} |\n`;
  return [header, header.map(() => "---"), ...rows].map(line).join("");
}

function textOf(cell: string): string {
  const text = cell.replace(/\s+/g, " ");
  return text.replace(ACTIVE, (character) => HTML[character] ?? `\\${character}`);
}
