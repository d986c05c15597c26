// A user of `npm run test:published` who makes a package of the template for data, another who trains on it,
// and one who copies the files of the template for rules: what they type, in folders of their own.
import { cpSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "./packages.mjs";
import { root } from "./workspace.mjs";

/** The package that is made of the template. */
export const DATA = "eoss-data-teacher";
const SHORT = "--lr 0.01 --batch 8 --steps 4 --every 2 --max-batches 16";
/** The rows of the template's README: each file, as it is used. */
const RULES = {
  optimizer: "./optimizer.js share=0.5",
  noise: "./noise.js size=0.5",
  loss: "./loss.js width=2",
  sampler: "./sampler.js stride=3",
  schedule: "lr=./schedule.js restarts=3",
};

/** @param newUser makes a user with an empty folder */
export function templates(newUser) {
  const author = newUser("data-author", { manifest: undefined });
  copy("data-template", author.folder);
  author.npm("install");
  author.npm("test");
  const named = { cwd: author.folder, env: author.env };
  run("npm", ["pkg", "set", `name=${DATA}`, "version=1.0.0"], named);
  author.npm("publish");

  const reader = newUser("data-reader", { manifest: undefined });
  reader.npm("install", "--global", "@eoss/cli", DATA);
  const train = (out, ...words) => {
    eoss(reader, "train", ...words, ...SHORT.split(" "), "--out", out);
    return JSON.parse(readFileSync(join(reader.folder, out, "run.json"), "utf8"));
  };
  const { end } = train("taught", "--data", DATA, "--data-options", "points: 100");
  if (end.reason !== "completed") throw new Error(`the run ended so: ${JSON.stringify(end)}`);
  eoss(reader, "resume", "taught", "--steps", "6", "--trust", DATA);

  copy("rules-template", reader.folder);
  for (const [kind, value] of Object.entries(RULES)) {
    const readme = readFileSync(join(reader.folder, "README.md"), "utf8");
    if (!readme.includes(`--${kind} "${value}"`)) {
      throw new Error(`the README of rules-template does not use --${kind} "${value}"`);
    }
    train(kind, "--data", "digits", "--samples", "64", `--${kind}`, value);
  }
}

function copy(template, folder) {
  const filter = (path) => !path.includes("node_modules");
  cpSync(join(root, "examples", template), folder, { recursive: true, filter });
}

function eoss(user, ...words) {
  return user.run(process.execPath, join(user.prefix, "bin", "eoss"), ...words);
}
