/** The stored results of the lesson, as VitePress reads them when it builds the site. */

import { readFileSync } from "node:fs";
import { resultsOf, type ScaleResults } from "./parse.js";

declare const data: readonly ScaleResults[];

export { data };

export default {
  watch: ["../../../../../docs/reproduction.md"],
  load: ([file]: readonly string[]) => resultsOf(readFileSync(file!, "utf8")),
};
