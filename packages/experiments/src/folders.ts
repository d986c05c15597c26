import { fileURLToPath } from "node:url";

/** A folder that comes with this package; beside the sources and beside what is built of them. */
const beside = (name: string) => fileURLToPath(new URL(`../${name}/`, import.meta.url));

/** The recipes that come with this package. */
export const recipesFolder = beside("recipes");

/** The fonts of its figures. */
export const fontsFolder = beside("fonts");
