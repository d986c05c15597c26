// Packages that users of `npm run test:published` make of the templates in `examples`.
import { cpSync } from "node:fs";
import { join } from "node:path";
import { run } from "./packages.mjs";
import { root } from "./workspace.mjs";

/** Copies a template as it is in the repository, without what is installed there. */
export function copyTemplate(name, folder) {
  const filter = (path) => !path.includes("node_modules");
  cpSync(join(root, "examples", name), folder, { recursive: true, filter });
}

/** Publishes the folder of a user under another name. */
export function publishAs(user, name) {
  const options = { cwd: user.folder, env: user.env };
  run("npm", ["pkg", "set", `name=${name}`, "version=1.0.0"], options);
  user.npm("publish");
}
