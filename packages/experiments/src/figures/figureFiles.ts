// The figures of runs as files for a paper: SVG, PDF, PNG and CSV.

import { join } from "node:path";
import { makeFolder, writeWhole } from "@eoss/lab";
import { csv } from "@eoss/report";
import { namedFigures } from "@eoss/report/internal";
import type { Run } from "@eoss/run";
import { pdf } from "./pdf.js";
import { png } from "./png.js";

export interface FigureFilesOptions {
  /** Folder of the files; made if it is not there. */
  readonly out: string;
  /** Width of a figure in inches, e.g. of a column of a paper; default 6.5. */
  readonly width?: number;
  /** Height of its letters in points; default 9. */
  readonly fontSize?: number;
}

/** Letters of a drawn figure are so many pixels high. */
const LETTERS = 12;
/** Points of an inch. */
const INCH = 72;
/** Dots of a PNG per inch, as journals ask for. */
const DOTS = 300;

export interface FigureFiles {
  readonly files: readonly string[];
  /** What could not be written, and why; empty if nothing. */
  readonly warnings: readonly string[];
}

/**
 * Writes every figure of some runs as SVG, PDF, PNG (300 dots per inch) and CSV.
 *
 * @throws RangeError if a size is not one that letters can be read at
 * @throws RunWriteError if something cannot be written
 */
export async function writeFigures(
  runs: readonly Run[],
  { out, width = 6.5, fontSize = 9 }: FigureFilesOptions,
): Promise<FigureFiles> {
  const pixels = pixelsOf(width, fontSize);
  makeFolder(out);
  const files: string[] = [];
  const missing = new Set<string>();
  const write = (name: string, content: string | Uint8Array | null, needs: string) => {
    if (content === null) {
      missing.add(needs);
      return;
    }
    const file = join(out, name);
    writeWhole(file, content, out);
    files.push(file);
  };
  for (const { name, svg, rows } of namedFigures(runs, pixels)) {
    const drawn = Number(/ width="([\d.]+)"/.exec(svg)![1]);
    write(`${name}.svg`, svg, "");
    write(`${name}.pdf`, await pdf(svg, (INCH * width * drawn) / pixels), PDF_NEEDS);
    write(`${name}.png`, await png(svg, (DOTS * width) / pixels), PNG_NEEDS);
    write(`${name}.csv`, csv(rows), "");
  }
  return { files, warnings: [...missing] };
}

const PDF_NEEDS = "no PDF was written: the optional package pdfkit is not installed";
const PNG_NEEDS = "no PNG was written: the optional package @resvg/resvg-js is not installed";

/** Pixels of a figure of some width, whose letters come to the size that is asked for. */
function pixelsOf(width: number, fontSize: number): number {
  if (!(fontSize >= 4 && fontSize <= 24)) {
    throw new RangeError(`the font size is ${fontSize} points; allowed: 4 to 24`);
  }
  const pixels = (LETTERS * INCH * width) / fontSize;
  if (!(pixels >= 300 && pixels <= 2000)) {
    const [least, most] = [300, 2000].map((p) => ((p * fontSize) / (LETTERS * INCH)).toFixed(1));
    throw new RangeError(
      `a figure ${width} inches wide with letters of ${fontSize} points cannot be read; ` +
        `allowed with these letters: ${least} to ${most} inches`,
    );
  }
  return Math.round(pixels);
}
