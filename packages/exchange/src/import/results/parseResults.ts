import { ConfigError, STEP_LOSS } from "@eoss/run";
import { type Legend, parseLegend, type ResultsColumn } from "./columns.js";
import { type PythonValue, parseArguments } from "./pythonArguments.js";

/** A `results.txt` in memory. */
export interface Results {
  /** What the header says of the run, by the names of its command line. */
  readonly arguments: Readonly<Record<string, PythonValue>>;
  readonly legend: Legend;
  readonly rows: readonly ResultsRow[];
  /** The last line was cut off, as a kill while writing leaves it, and is left out. */
  readonly truncated: boolean;
}

export interface ResultsRow {
  readonly step: number;
  /** What was measured at the step; a value may be infinite, a loss also NaN. */
  readonly values: ReadonlyArray<{ readonly column: ResultsColumn; readonly value: number }>;
}

const LEGEND = '"# (0) epoch, (1) step, (2) batch loss, ..."';
const NUMBER = /^(?:-?\d+(?:\.\d+)?(?:e[+-]?\d+)?|-?inf|nan)$/;

/**
 * Reads the log of the authors' training: lines of `#` with the settings and a legend, then a line for
 * each step with numbers between commas. `nan` is what was not measured at the step.
 *
 * @param file what messages call the text
 * @throws ConfigError with the line, what was expected and what is there
 */
export function parseResults(text: string, file: string): Results {
  const lines = text.split(/\r?\n/);
  // What no line feed ends may have been cut off, even if it looks whole: 0.93 may be 0.9375.
  const truncated = lines.pop()!.trim() !== "";
  const heads = lines.findIndex((line) => !line.startsWith("#"));
  const header = lines.slice(0, heads === -1 ? lines.length : heads);
  const legend = header.map(parseLegend).find((found) => found !== undefined);
  if (legend === undefined || legend.names[1] !== "step") {
    const first = lines[header.length] ?? "nothing";
    fail(file, header.length, `the legend ${LEGEND} before the first numbers`, first);
  }
  checkColumns(legend, file);
  const numbered = lines.map((line, index) => ({ line, index })).slice(header.length);
  const rows: ResultsRow[] = [];
  let width: number | undefined;
  for (const { line, index } of numbered) {
    const cells = line.split(",").map((cell) => cell.trim());
    width ??= widthOf(cells, legend, file, index);
    if (cells.length !== width) fail(file, index, `${width} numbers between commas`, line);
    const wrong = cells.find((cell) => !NUMBER.test(cell));
    if (wrong !== undefined) fail(file, index, "a number, inf or nan", wrong);
    const step = stepOf(cells[1]!, rows.at(-1)?.step, file, index);
    rows.push({ step, values: legend.columns.flatMap((column) => reading(column, cells)) });
  }
  return { arguments: argumentsOf(header), legend, rows, truncated };
}

/** Of two columns that are the same here a step would have two records. */
function checkColumns({ names, columns }: Legend, file: string): void {
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined) {
    throw new ConfigError(`${file}: its legend has the column "${cutText(twice)}" twice`);
  }
  for (const [i, { name, quantity }] of columns.entries()) {
    const other = columns.slice(0, i).find((column) => column.quantity === quantity);
    if (other === undefined) continue;
    throw new ConfigError(
      `${file}: its columns "${other.name}" and "${name}" both mean ${quantity}: remove one`,
    );
  }
}

/** The first version writes one number more than its legend names, the distance of the parameters. */
function widthOf(cells: readonly string[], { names }: Legend, file: string, index: number): number {
  const extra = cells.length - names.length;
  if (extra === 0 || extra === 1) return cells.length;
  return fail(
    file,
    index,
    `the ${names.length} numbers of the legend between commas`,
    cells.join(", "),
  );
}

function stepOf(cell: string, last: number | undefined, file: string, index: number): number {
  const step = Number(cell);
  const least = last === undefined ? 0 : last + 1;
  // The run ends a step later.
  if (Number.isSafeInteger(step + 1) && step >= least) return step;
  return fail(file, index, `a step of ${least} or later in the second column`, cell);
}

/** Of the loss of the batch, which each step has, NaN is a value. */
function reading(column: ResultsColumn, cells: readonly string[]): ResultsRow["values"] {
  const cell = cells[column.index]!;
  if (cell === "nan" && column.quantity !== STEP_LOSS) return [];
  return [{ column, value: Number(cell.replace("inf", "Infinity")) }];
}

/** `# Dataset: NAME, model NAME, lr X, batch size B, gd_noise NAME` and `# Arguments: Namespace(...)`. */
function argumentsOf(header: readonly string[]): Results["arguments"] {
  const after = (begin: string) =>
    header.find((line) => line.startsWith(begin))?.slice(begin.length) ?? "";
  const short = partsBetween(after("# Dataset: "), SEPARATORS);
  const [dataset, model, lr, batch] = short ?? [];
  return {
    ...(short && { dataset: dataset!, model: model!, lr: Number(lr), batch: Number(batch) }),
    ...parseArguments(after("# Arguments: ")),
  };
}

const SEPARATORS = [", model ", ", lr ", ", batch size ", ", gd_noise "];

/** What stands before each of some words; undefined if one is missing, or nothing is before it. */
function partsBetween(text: string, words: readonly string[]): string[] | undefined {
  const parts: string[] = [];
  let begin = 0;
  for (const word of words) {
    const end = text.indexOf(word, begin + 1);
    if (end < 0) return undefined;
    parts.push(text.slice(begin, end));
    begin = end + word.length;
  }
  return parts;
}

const SHOWN = 80; // characters

function cutText(text: string): string {
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}

function fail(file: string, index: number, expected: string, found: string): never {
  throw new ConfigError(
    `${file}, line ${index + 1}: expected ${expected}, found ${JSON.stringify(cutText(found))}`,
  );
}
