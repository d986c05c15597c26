import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { writeWhole } from "@eoss/lab";
import { readFile } from "@eoss/lab/internal";
import type { RunManifest } from "@eoss/run";
import { issueText } from "@eoss/run/internal";
import type { CheckedClaim } from "./claims/registry.js";
import { figureSchema } from "./figureSchema.js";
import type { Recipe } from "./recipe.js";

/** Version of the layout of `figure.json`; others are not read. */
const FORMAT_VERSION = 1;
const FILE = "figure.json";

/**
 * A figure that was made, as OUT/figures/NAME/figure.json keeps it: all that a page has to say of it.
 * Paths are relative to OUT.
 */
export interface FigureRecord {
  readonly recipe: Pick<Recipe, "figure" | "title" | "paper" | "see" | "scale">;
  /** The command that asked for it. */
  readonly command: string;
  /** Drawings for a page of either theme. */
  readonly plots: ReadonlyArray<{ readonly name: string; readonly svg: string }>;
  readonly files: readonly string[];
  readonly claims: readonly CheckedClaim[];
  readonly runs: readonly RunNote[];
  /** Runs that could not be made. */
  readonly missing: readonly string[];
}

/** Where a run of a figure is, and where it is from. */
export interface RunNote
  extends Pick<RunManifest, "end" | "backend" | "versions" | "command" | "parent"> {
  /** The name that the recipe has for it. */
  readonly name: string;
  readonly directory: string;
  readonly seed: number;
}

/** What a figure is called in a folder that may hold it at several scales: "5", "5-small". */
export function figureLabel({ figure, scale }: Pick<Recipe, "figure" | "scale">): string {
  return scale === "digits" ? figure : `${figure}-${scale}`;
}

export function figureFolder(out: string, recipe: Pick<Recipe, "figure" | "scale">): string {
  return join(out, "figures", figureLabel(recipe));
}

export function writeFigureRecord(out: string, record: FigureRecord): void {
  const file = join(figureFolder(out, record.recipe), FILE);
  const { recipe, command, claims, ...rest } = record;
  const content = { formatVersion: FORMAT_VERSION, recipe, command, claims, ...rest };
  writeWhole(file, `${JSON.stringify(content, null, 1)}\n`, out);
}

/**
 * All figures that a folder holds, those of the paper first, in its order.
 *
 * @param warn is told of a figure that another version drew or that is damaged, which is left out
 */
export function readFigureRecords(
  out: string,
  warn: (message: string) => void = () => {},
): FigureRecord[] {
  const folder = join(out, "figures");
  if (!existsSync(folder)) return [];
  const records = readdirSync(folder).flatMap((name) => {
    const file = join(folder, name, FILE);
    if (!existsSync(file)) return [];
    const record = readRecord(file, out);
    if (typeof record !== "string") return [record];
    warn(`${file} ${record}, so the report leaves it out; make the figure again`);
    return [];
  });
  return records.sort((a, b) => compareFigures(figureLabel(a.recipe), figureLabel(b.recipe)));
}

/** The record of a file, or what is wrong with it. */
function readRecord(file: string, out: string): FigureRecord | string {
  let content: unknown;
  try {
    content = JSON.parse(readFile(file, out).toString());
  } catch (error) {
    return `cannot be read (${(error as Error).message})`;
  }
  const { formatVersion } = (content ?? {}) as { formatVersion?: unknown };
  if (formatVersion !== FORMAT_VERSION) return "has another format version";
  const result = figureSchema.safeParse(content);
  if (result.success) return result.data;
  return `is damaged (${issueText(result.error.issues[0]!)})`;
}

/** 2 before 10, numbers and single letters before words. */
export function compareFigures(a: string, b: string): number {
  const isWord = (name: string) => Number(/^[a-z]{2}/i.test(name));
  return isWord(a) - isWord(b) || a.localeCompare(b, "en", { numeric: true });
}
