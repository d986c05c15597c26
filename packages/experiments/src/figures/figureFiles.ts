// Figures as files for a paper: SVG, PDF, PNG and CSV.

import { join } from "node:path";
import { makeFolder, writeWhole } from "@eoss/lab";
import { csv } from "@eoss/report";
import { type NamedFigure, namedFigures } from "@eoss/report/internal";
import { checkTypedOptions, needed, positive, text } from "@eoss/rng/internal";
import type { Run } from "@eoss/run";
import { pdf } from "./pdf.js";
import { png } from "./png.js";

/**
 * Figures that can be drawn at any width.
 *
 * @param width pixels of a figure; its letters are 12 pixels high
 */
export type FigureSource = (width: number) => readonly NamedFigure[];

/** The figures of the report of some runs: of each run its own, and of several how they compare. */
export function runFigures(runs: readonly Run[]): FigureSource {
  return (width) => namedFigures(runs, width);
}

/** How large figures are in print. */
export interface PrintSize {
  /** Width of a figure in inches, e.g. of a column of a paper; default 6.5. */
  readonly width?: number;
  /** Height of its letters in points; default 9. */
  readonly fontSize?: number;
}

export interface FigureFilesOptions extends PrintSize {
  /** Folder of the files; made if it is not there. Files of the same names are replaced, others stay. */
  readonly out: string;
}

/** Letters of a drawn figure are so many pixels high. */
const LETTERS = 12;
/** Points of an inch. */
const INCH = 72;
/** Dots of a PNG per inch, as journals ask for. */
const DOTS = 300;
const WIDTH = 6.5;
const FONT_SIZE = 9;

export interface FigureFiles {
  readonly files: readonly string[];
  /** What could not be written, and why; empty if nothing. */
  readonly warnings: readonly string[];
}

/**
 * Writes figures as NAME.svg, NAME.pdf, NAME.png (300 dots per inch) and NAME.csv, each file whole or not at
 * all.
 *
 * @param figures e.g. of `runFigures`
 * @throws RangeError if a size is not one that letters can be read at
 * @throws RunWriteError if something cannot be written
 */
export async function writeFigures(
  figures: FigureSource,
  options: FigureFilesOptions,
): Promise<FigureFiles> {
  checkTypedOptions("writeFigures", options, {
    ...{ out: needed(text), width: positive, fontSize: positive },
  });
  const { out, ...size } = options;
  const pixels = pixelsOf(size);
  const { width = WIDTH } = size;
  makeFolder(out);
  const drawn = figures(pixels);
  const { files, warnings } = await writeFormats(drawn, { folder: out, inch: pixels / width });
  return { files, warnings: drawn.length > 0 ? warnings : ["there is nothing to draw"] };
}

/**
 * The same of figures that are drawn already.
 *
 * @param to `inch`: its pixels; `root`: the folder that the user named, if that is another
 */
export async function writeFormats(
  figures: readonly NamedFigure[],
  to: { readonly folder: string; readonly root?: string; readonly inch?: number },
): Promise<FigureFiles> {
  const { folder, root = folder, inch = (LETTERS * INCH) / FONT_SIZE } = to;
  const files: string[] = [];
  const missing = new Set<string>();
  const write = (name: string, content: string | Uint8Array | null, needs: string) => {
    if (content === null) {
      missing.add(needs);
      return;
    }
    const file = join(folder, name);
    writeWhole(file, content, root);
    files.push(file);
  };
  for (const { name, svg, rows } of figures) {
    const drawn = Number(/ width="([\d.]+)"/.exec(svg)![1]);
    write(`${name}.svg`, svg, "");
    write(`${name}.pdf`, await pdf(svg, (INCH * drawn) / inch), PDF_NEEDS);
    write(`${name}.png`, await png(svg, DOTS / inch), PNG_NEEDS);
    write(`${name}.csv`, csv(rows), "");
  }
  return { files, warnings: [...missing] };
}

const PDF_NEEDS = "no PDF was written: the optional package pdfkit is not installed";
const PNG_NEEDS = "no PNG was written: the optional package @resvg/resvg-js is not installed";

/**
 * Pixels of a figure of some width, whose letters come to the size that is asked for.
 *
 * @throws RangeError if letters could not be read
 */
export function pixelsOf({ width = WIDTH, fontSize = FONT_SIZE }: PrintSize): number {
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
