import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { ConfigError } from "../configError.js";
import { recipesFolder } from "../recipesFolder.js";
import { SourceFile } from "../sweep/sourceFile.js";
import { parseRecipe, type Recipe, type ScaleName } from "./recipe.js";

/** The figures that have a recipe in this package, in the order of the paper. */
export function figureNames(): string[] {
  return readdirSync(recipesFolder)
    .filter((file) => file.endsWith(".yaml"))
    .map((file) => file.slice("figure-".length, -".yaml".length))
    .sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
}

/**
 * The recipes of a figure, of all figures (`all`) or of a file of one's own (a path that ends in
 * .yaml, .yml or .json).
 *
 * @throws ConfigError naming the figures there are, or file, line and key of what does not fit
 */
export function loadRecipes(what: string, scale: ScaleName): Recipe[] {
  const names = figureNames();
  const bundled = (name: string) => join(recipesFolder, `figure-${name}.yaml`);
  const files =
    what === "all"
      ? names.map(bundled)
      : names.includes(what)
        ? [bundled(what)]
        : /\.(ya?ml|json)$/.test(what)
          ? [what]
          : [];
  if (files.length === 0) {
    const hint = existsSync(what) ? "; a recipe of your own ends in .yaml" : "";
    throw new ConfigError(
      `there is no figure "${what}"; there are: ${names.join(", ")}, all, or ./a-file.yaml${hint}`,
    );
  }
  return files.map((file) => parseRecipe(SourceFile.read(file), scale));
}
