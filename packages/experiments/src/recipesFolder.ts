import { fileURLToPath } from "node:url";

/** The recipes that come with this package; beside the sources and beside what is built of them. */
export const recipesFolder = fileURLToPath(new URL("../recipes/", import.meta.url));
