// A user of `npm run test:published` who writes a network as the template says, and others who use it:
// what they type, in folders of their own.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { copyTemplate, publishAs } from "./fromTemplate.mjs";

/** The package that is made of the template. */
export const MODEL = "eoss-model-gated";
const SETTINGS = "--data digits --samples 64 --batch 8 --lr 0.01 --every 2 --max-batches 16";

/**
 * @param newUser makes a user with an empty folder
 * @param nodes paths of Node
 */
export function aContributor(newUser, nodes) {
  const began = performance.now();
  const author = newUser("author", { manifest: undefined });
  author.npm("install", "--global", "@eoss/cli");
  copyTemplate("model-template", author.folder);
  author.npm("install");
  author.npm("test");
  // The folder has its own copies of everything; the command has its own too.
  train(author, process.execPath, "./index.js", "own");
  publishAs(author, MODEL);
  console.log(`the contributor's day: ${((performance.now() - began) / 1000).toFixed(0)} s`);

  const reader = newUser("reader", { manifest: undefined });
  reader.npm("install", "--global", "@eoss/cli", MODEL);
  for (const node of nodes) use(reader, node, MODEL, `beside-${nodes.indexOf(node)}`);
  const other = newUser("other", { manifest: undefined, prefix: author.prefix });
  other.npm("install", MODEL);
  use(other, process.execPath, `${MODEL}#default`, "local");
}

/** Trains with a network, goes on, forks, and sweeps; without `--trust` nothing of a folder is loaded. */
function use(user, node, model, name) {
  const eoss = (line) => user.run(node, join(user.prefix, "bin", "eoss"), ...line.split(" "));
  train(user, node, model, name);
  eoss(`resume ${name} --steps 6 --trust ${model}`);
  eoss(`fork ${name} --at 4 --lr 0.02 --out ${name}-fork --trust ${model}`);
  const lines = [
    `base: { model: "${model}", data: digits, samples: 64, lr: 0.01, steps: 4, every: 2 }`,
    "grid: { batch: [8, 16] }",
  ];
  writeFileSync(join(user.folder, `${name}.yaml`), lines.join("\n"));
  eoss(`sweep ${name}.yaml --out ${name}-sweep`);
}

function train(user, node, model, out) {
  const line = `train --model ${model} ${SETTINGS} --steps 4 --out ${out}`;
  user.run(node, join(user.prefix, "bin", "eoss"), ...line.split(" "));
  const { versions } = JSON.parse(readFileSync(join(user.folder, out, "run.json"), "utf8"));
  const modules = join(user.prefix, "lib", "node_modules", "@eoss", "cli", "node_modules");
  const core = join(modules, "@tensorflow", "tfjs-core", "package.json");
  const { version } = JSON.parse(readFileSync(core, "utf8"));
  if (versions.tfjs !== version) throw new Error(`run.json says tfjs ${versions.tfjs}: ${version}`);
}
