import { oneLine } from "./print.js";

type Align = ReadonlyArray<"left" | "right">;
type Rows = ReadonlyArray<readonly string[]>;

/**
 * Rows under a header, columns padded to their widest cell.
 *
 * @param align of each column; default: the first to the left, the others to the right
 */
export function table(
  header: readonly string[],
  rows: Rows,
  align: Align = header.map((_, column) => (column === 0 ? "left" : "right")),
): string {
  const writer = new TableWriter(header, align);
  return (writer.add(rows) + writer.end()).slice(0, -1);
}

/** Rows that are seen before the first line is written. */
const SEEN = 5000;

/**
 * A table that is written while its rows come. Columns are as wide as the first rows need; a wider cell
 * further below shifts its line.
 */
export class TableWriter {
  #widths: readonly number[] | undefined;
  #held: Array<readonly string[]> = [];

  readonly header: readonly string[];

  constructor(
    titles: readonly string[],
    readonly align: Align,
  ) {
    this.header = titles.map(oneLine);
  }

  /** @returns the text that can be written now */
  add(rows: Rows): string {
    const plain = rows.map((row) => row.map(oneLine));
    if (this.#widths !== undefined) return this.#lines(plain, this.#widths);
    this.#held = this.#held.concat(plain);
    return this.#held.length < SEEN ? "" : this.#begin();
  }

  /** @returns the rest of the text */
  end(): string {
    return this.#widths === undefined ? this.#begin() : "";
  }

  #begin(): string {
    const widths = this.header.map((title, column) =>
      this.#held.reduce((widest, row) => Math.max(widest, row[column]!.length), title.length),
    );
    const rule = widths.map((width) => "─".repeat(width));
    const rows = this.#held;
    this.#widths = widths;
    this.#held = [];
    return this.#lines([this.header, rule, ...rows], widths);
  }

  #lines(rows: Rows, widths: readonly number[]): string {
    const pad = (cell: string, column: number) =>
      this.align[column] === "left" ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!);
    return rows.map((cells) => `${cells.map(pad).join("   ").trimEnd()}\n`).join("");
  }
}
