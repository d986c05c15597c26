import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { SourceFile } from "@eoss/lab/internal";
import { ConfigError } from "@eoss/run";
import { recipesFolder } from "../folders.js";
import { compareFigures } from "./figureRecord.js";
import { parseRecipe, type Recipe, type ScaleName } from "./recipe.js";

const OF_PAPER = "figure-";

/** The figures of the paper that have a recipe in this package, in its order. */
export function figureNames(): string[] {
  return bundled()
    .filter((name) => name.startsWith(OF_PAPER))
    .map((name) => name.slice(OF_PAPER.length))
    .sort(compareFigures);
}

/** The recipes of this package that ask what the paper leaves open. */
export function beyondNames(): string[] {
  return bundled().filter((name) => !name.startsWith(OF_PAPER));
}

/**
 * The recipes of figures, of all figures of the paper (`all`), of those beyond it (`beyond`), or of
 * files of one's own (paths that end in .yaml, .yml or .json). Each once, in the order asked for.
 *
 * @throws ConfigError naming the figures there are, or file, line and key of what does not fit
 */
export function loadRecipes(what: string | readonly string[], scale: ScaleName): Recipe[] {
  const files = new Set([what].flat().flatMap(filesOf));
  return [...files].map((file) => parseRecipe(SourceFile.read(file), scale));
}

function filesOf(what: string): string[] {
  const [figures, others] = [figureNames(), beyondNames()];
  const fileOf = (name: string) => join(recipesFolder, `${name}.yaml`);
  if (what === "all") return figures.map((name) => fileOf(OF_PAPER + name));
  if (what === "beyond") return others.map(fileOf);
  if (figures.includes(what)) return [fileOf(OF_PAPER + what)];
  if (others.includes(what)) return [fileOf(what)];
  if (/\.(ya?ml|json)$/.test(what)) return [what];
  const hint = existsSync(what) ? "; the file of your own recipe must end in .yaml" : "";
  throw new ConfigError(
    `unknown figure "${what}"; allowed: ${[...figures, ...others].join(", ")}, all, beyond, or ` +
      `./a-file.yaml${hint}`,
  );
}

function bundled(): string[] {
  return readdirSync(recipesFolder)
    .filter((file) => file.endsWith(".yaml"))
    .map((file) => file.slice(0, -".yaml".length))
    .sort();
}
