import { clearLine, cursorTo } from "node:readline";
import pc from "picocolors";
import { oneLine, say } from "./print.js";

const REDRAW = 100; // ms, on a terminal
const PRINT = 2000; // ms, elsewhere

/**
 * One line of progress on stderr: redrawn in place on a terminal, printed now and then as a plain
 * line elsewhere.
 */
export class LiveLine {
  readonly #stream = process.stderr;
  #last = Number.NEGATIVE_INFINITY;
  #shown = false;

  /**
   * @param text the line; it is cut after the given number of columns
   * @param noteworthy whether a plain line is due even between the regular ones
   */
  show(text: (columns: number) => string, noteworthy = false): void {
    const now = performance.now();
    const { isTTY, columns = 80 } = this.#stream;
    if (now - this.#last < (isTTY ? REDRAW : PRINT)) return;
    if (
      !isTTY &&
      !noteworthy &&
      this.#last > Number.NEGATIVE_INFINITY &&
      now - this.#last < 5 * PRINT
    )
      return;
    this.#last = now;
    if (!isTTY) {
      this.#stream.write(`${oneLine(text(Number.POSITIVE_INFINITY))}\n`);
      return;
    }
    cursorTo(this.#stream, 0);
    this.#stream.write(oneLine(text(columns - 1)).slice(0, columns - 1));
    clearLine(this.#stream, 1);
    this.#shown = true;
  }

  /** A warning above the line. */
  warn(message: string): void {
    this.clear();
    say(`${pc.yellow("warning:")} ${message}`);
  }

  /** A remark above the line. */
  note(message: string): void {
    this.clear();
    say(message);
  }

  /** Leaves the terminal as it was found. */
  clear(): void {
    if (!this.#shown) return;
    cursorTo(this.#stream, 0);
    clearLine(this.#stream, 0);
    this.#shown = false;
  }
}
