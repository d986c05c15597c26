// A user of `npm run test:published` who makes a package of the template for data, another who trains on it,
// and one who copies the files of the template for rules: what they type, in folders of their own.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { copyTemplate, publishAs } from "./fromTemplate.mjs";

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
  copyTemplate("data-template", author.folder);
  author.npm("install");
  author.npm("test");
  publishAs(author, DATA);

  const reader = newUser("data-reader", { manifest: undefined });
  reader.npm("install", "--global", "@eoss/cli", DATA);
  const train = (out, ...words) => {
    eoss(reader, "train", ...words, ...SHORT.split(" "), "--out", out);
    return JSON.parse(readFileSync(join(reader.folder, out, "run.json"), "utf8"));
  };
  const { end } = train("taught", "--data", DATA, "--data-options", "points: 100");
  if (end.reason !== "completed") throw new Error(`the run ended so: ${JSON.stringify(end)}`);
  eoss(reader, "resume", "taught", "--steps", "6", "--trust", DATA);

  copyTemplate("rules-template", reader.folder);
  const readme = readFileSync(join(reader.folder, "README.md"), "utf8");
  for (const [kind, value] of Object.entries(RULES)) {
    if (!readme.includes(`--${kind} "${value}"`)) {
      throw new Error(`the README of rules-template does not use --${kind} "${value}"`);
    }
    train(kind, "--data", "digits", "--samples", "64", `--${kind}`, value);
  }
}

function eoss(user, ...words) {
  return user.run(process.execPath, join(user.prefix, "bin", "eoss"), ...words);
}
