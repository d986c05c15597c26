import { type FigureSource, pixelsOf, writeFigures } from "@eoss/experiments";
import { makeFolder } from "@eoss/lab";
import { explained } from "@eoss/run/internal";
import { type Command, InvalidArgumentError } from "commander";
import { say } from "./print.js";

/** What `addFigures` gives a command. */
export interface FigureFlags {
  readonly figures?: string;
  readonly figureWidth: number;
  readonly fontSize: number;
}

/** What the manual page of such a command says of the files. */
export const FIGURE_FILES: Readonly<Record<string, string>> = {
  "FIGURES/NAME.svg, .pdf, .png, .csv":
    "with --figures: each figure, and the numbers that it shows; files of the same name are replaced. PDF and " +
    "PNG need optional packages that are installed with eoss unless that was turned off",
};

/**
 * `--figures`, `--figure-width` and `--font-size`. Sizes that cannot be read, and a folder that cannot be made,
 * are refused before the command begins its work.
 */
export function addFigures(command: Command): Command {
  return command
    .option("--figures <DIR>", "also write each figure as SVG, PDF, PNG and CSV into this folder")
    .option("--figure-width <INCHES>", "how wide these are, e.g. a column of a paper", number, 6.5)
    .option("--font-size <POINTS>", "how high their letters are", number, 9)
    .hook("preAction", (_, acting) => {
      const { figures, figureWidth: width, fontSize } = acting.opts<FigureFlags>();
      if (figures === undefined) return;
      explained("", () => pixelsOf({ width, fontSize }));
      makeFolder(figures);
    });
}

/** Writes figures where they were asked for, and says how many files these are. */
export async function writeAskedFigures(
  source: FigureSource,
  { figures: out, figureWidth: width, fontSize }: FigureFlags,
): Promise<void> {
  if (out === undefined) return;
  const { files, warnings } = await writeFigures(source, { out, width, fontSize });
  for (const warning of warnings) say(warning);
  say(`${files.length} files of figures in ${out}`);
}

function number(text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && Number.isFinite(value)) return value;
  throw new InvalidArgumentError("allowed: a number");
}
