import { oneLine } from "./print.js";

/**
 * Rows under a header, columns padded to their widest cell.
 *
 * @param align of each column; default: the first to the left, the others to the right
 */
export function table(
  titles: readonly string[],
  texts: ReadonlyArray<readonly string[]>,
  align: ReadonlyArray<"left" | "right"> = titles.map((_, column) =>
    column === 0 ? "left" : "right",
  ),
): string {
  const header = titles.map(oneLine);
  const rows = texts.map((row) => row.map(oneLine));
  const widths = header.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]!.length)),
  );
  const pad = (cell: string, column: number) =>
    align[column] === "left" ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!);
  const line = (cells: readonly string[]) => cells.map(pad).join("   ").trimEnd();
  const rule = widths.map((width) => "─".repeat(width)).join("   ");
  return [line(header), rule, ...rows.map(line)].join("\n");
}
