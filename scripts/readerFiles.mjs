// A user of `npm run test:published` who follows the guides with nothing but the command, installed
// globally, in a folder where nothing is installed: the files of the guides, in every form of modules.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./workspace.mjs";

const GUIDES = join(root, "apps", "docs", "pages", "guides");
const RUN = "--data digits --samples 64 --batch 8 --lr 0.01 --steps 4 --every 2 --max-batches 16";

/**
 * @param user with the command installed globally, and an empty folder
 * @param nodes paths of Node
 */
export function filesOfGuides(user, nodes) {
  const gated = fileOf("model-package.md", "gated.js");
  const angle = fileOf("write-a-measurement.md", "gradient-angle.js");
  for (const [name, text] of Object.entries({
    "gated.js": gated,
    "gated.mjs": gated,
    "gated.cjs": asCommonJs(gated),
    "gradient-angle.js": angle,
  })) {
    writeFileSync(join(user.folder, name), text);
  }
  for (const [index, node] of nodes.entries()) {
    const eoss = (line, ...more) =>
      user.run(node, join(user.prefix, "bin", "eoss"), ...line.split(" "), ...more);
    eoss("verify --model ./gated.js --model-options", "width: 8");
    const files = ["./gated.js", "./gated.mjs", "./gated.cjs"];
    for (const [k, file] of (index === 0 ? files : ["./gated.cjs"]).entries()) {
      const out = `files-${index}-${k}`;
      eoss(
        `train --model ${file} --measure minibs,./gradient-angle.js ${RUN} --workers 2 --out ${out}`,
      );
      eoss(`resume ${out} --steps 6 --trust ${file} --trust ./gradient-angle.js`);
    }
  }
}

/** The program of a guide that begins with the name of its file. */
function fileOf(guide, name) {
  const text = readFileSync(join(GUIDES, guide), "utf8");
  const found = text.match(new RegExp(`^\`\`\`js\\n(// ${name}\\n.*?)^\`\`\``, "ms"));
  if (found === null) throw new Error(`${guide} has no ${name}`);
  return found[1];
}

function asCommonJs(code) {
  return code
    .replace(/^import \* as (\w+) from (".*");$/gm, "const $1 = require($2);")
    .replace(/^import (\{.*\}) from (".*");$/gm, "const $1 = require($2);")
    .replace("export default", "module.exports =");
}
