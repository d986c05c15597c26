// `npm start`: set everything up, then run the main job on the embedded data.
import { spawnSync } from "node:child_process";
import { install, root, turbo } from "./workspace.mjs";

install();
const built = turbo("build", "--filter=@eoss/cli...");
if (built !== 0) process.exit(built);

const args = process.argv.slice(2);
const { status } = spawnSync(
  process.execPath,
  [`${root}packages/cli/bin/eoss.js`, "demo", ...args],
  {
    cwd: root,
    stdio: "inherit",
  },
);
process.exit(status ?? 1);
