/** Rows under a header, columns padded to their widest cell; the first column is left-aligned. */
export function table(header: readonly string[], rows: ReadonlyArray<readonly string[]>): string {
  const widths = header.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]!.length)),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!),
      )
      .join("   ")
      .trimEnd();
  const rule = widths.map((width) => "─".repeat(width)).join("   ");
  return [line(header), rule, ...rows.map(line)].join("\n");
}
