import { createRequire } from "node:module";

const require = createRequire(import.meta.url);

/** Version of this package, as it goes into run folders. */
export const version: string = (require("../package.json") as { version: string }).version;
