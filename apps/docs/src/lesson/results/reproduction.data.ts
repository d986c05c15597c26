import { readFileSync } from "node:fs";
import { resultsOf, type ScaleResults } from "./parse.js";

declare const data: readonly ScaleResults[];

export { data };

/** Read when the site is built. */
export default {
  watch: ["../../../../../docs/reproduction.md"],
  load: ([file]: readonly string[]) => resultsOf(readFileSync(file!, "utf8")),
};
