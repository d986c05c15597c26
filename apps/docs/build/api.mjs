import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Application, ReflectionKind } from "typedoc";
import { readmeOf } from "./api/examples.mjs";
import { pagesOf } from "./api/pages.mjs";
import { code, escaped, table } from "./markdown.mjs";

const packages = fileURLToPath(new URL("../../../packages", import.meta.url));
const out = fileURLToPath(new URL("../pages/reference/api", import.meta.url));
const tsconfig = fileURLToPath(new URL("tsconfig.api.json", import.meta.url));

/** From the bottom of the map of packages to its top, as in the navigation. */
const ORDER = JSON.parse(readFileSync(new URL("../packages.json", import.meta.url), "utf8"));

/**
 * Pages for each entry of each package, by task, from what TypeDoc reads in the sources; and one that lists
 * the entries.
 *
 * @throws Error if the sources cannot be read, or a folder of them has no task
 */
export async function api() {
  const entries = readdirSync(packages).sort(byOrder).flatMap(entriesOf);
  const app = await Application.bootstrap({
    entryPoints: entries.map(({ source }) => source),
    tsconfig,
    excludeInternal: true,
    excludePrivate: true,
    excludeExternals: true,
    // The packages are checked with their own settings.
    skipErrorChecking: true,
    // Where an export is declared says what it is for.
    disableGit: true,
    sourceLinkTemplate: "{path}",
    logLevel: "Error",
  });
  const project = await app.convert();
  if (!project || app.logger.hasErrors()) throw new Error("TypeDoc could not read the packages");
  rmSync(out, { recursive: true, force: true });
  // TypeDoc names modules after their files.
  const modules = new Map(project.children.map((one) => [one.name.replace("/src", ""), one]));
  const read = entries.map((entry) => withExports(entry, modules.get(entry.name)));
  for (const { path, text } of pagesOf(read)) write(`${path}.md`, text);
  write("index.md", overview(entries));
}

/** An entry with its own exports and those of others that it passes on. */
function withExports(entry, module) {
  const declared = (child) => child.kindOf(ReflectionKind.Reference) === false;
  return {
    ...entry,
    exports: module.children
      .filter(declared)
      .map((reflection) => ({ reflection, folder: folderOf(reflection) })),
    passedOn: module.children
      .filter((child) => !declared(child))
      .map((child) => child.getTargetReflectionDeep()),
  };
}

/** The folder of sources in which it is declared; "." for those beside the entry. */
function folderOf({ sources }) {
  const [, inside] = sources[0].fileName.split("/src/");
  return inside?.includes("/") ? inside.split("/")[0] : ".";
}

function write(file, text) {
  const page = join(out, file);
  mkdirSync(dirname(page), { recursive: true });
  writeFileSync(page, text);
}

/** What the further entries of packages are. */
const PARTS = {
  "hvp/testing": "Checks of rules of one's own against differences.",
  "data/formats": "Archives, NumPy arrays and safetensors, read from bytes: anywhere.",
  "data/node": "The same with CIFAR-10 from its files, under Node.",
  "data/testing": "Checks of data of one's own.",
  "kernels/native": "Products of matrices by a BLAS that is installed, in Node.",
  "models/testing": "The conformance suite for networks of one's own.",
  "noise/testing": "Checks of spectra and directions of noise of one's own.",
  "sgd/testing": "Checks of optimizers of one's own.",
  "sharpness/core": "The same without TensorFlow.js, for an engine of your own.",
  "sharpness/testing":
    "A check of quantities of one's own, the contract suite for engines, and a reference engine without tensors.",
};

const byOrder = (a, b) => ORDER.indexOf(a) - ORDER.indexOf(b);

/** The entries of a package that can be imported, each with its source. */
function entriesOf(folder) {
  const manifest = JSON.parse(readFileSync(join(packages, folder, "package.json"), "utf8"));
  if (manifest.bin) return []; // a command, no library
  return Object.entries(manifest.exports)
    .filter(([entry, target]) => target["@eoss/source"] && entry !== "./internal")
    .map(([entry, target]) => ({
      name: join(folder, entry),
      source: join(packages, folder, target["@eoss/source"]),
      description: entry === "." ? manifest.description : partOf(join(folder, entry)),
      readme: readmeOf(join(packages, folder, "README.md")),
    }));
}

function partOf(entry) {
  if (entry in PARTS) return PARTS[entry];
  throw new Error(`@eoss/${entry} has no line in PARTS of build/api.mjs that says what it is`);
}

function overview(entries) {
  const rows = entries.map(({ name, description }) => [
    `[${code(`@eoss/${name}`)}](./${name}.md)`,
    escaped(description),
  ]);
  return `# API of the packages

What each package exports, from the comments in its source. A package depends on those above it only;
the command line is described [apart](../cli.md).

${table(["entry", "what it is"], rows)}
`;
}
