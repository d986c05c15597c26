/**
 * Rows under a header, columns padded to their widest cell.
 *
 * @param align of each column; default: the first to the left, the others to the right
 */
export function table(
  header: readonly string[],
  rows: ReadonlyArray<readonly string[]>,
  align: ReadonlyArray<"left" | "right"> = header.map((_, column) =>
    column === 0 ? "left" : "right",
  ),
): string {
  const widths = header.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]!.length)),
  );
  const pad = (cell: string, column: number) =>
    align[column] === "left" ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!);
  const line = (cells: readonly string[]) => cells.map(pad).join("   ").trimEnd();
  const rule = widths.map((width) => "─".repeat(width)).join("   ");
  return [line(header), rule, ...rows.map(line)].join("\n");
}
