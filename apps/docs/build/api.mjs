import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Application } from "typedoc";
import { load as markdown } from "typedoc-plugin-markdown";
import { code, escaped, table, withSubscripts } from "./markdown.mjs";

const packages = fileURLToPath(new URL("../../../packages", import.meta.url));
const out = fileURLToPath(new URL("../pages/reference/api", import.meta.url));
const tsconfig = fileURLToPath(new URL("tsconfig.api.json", import.meta.url));

/** From the bottom of the map of packages to its top, as in the navigation. */
const ORDER = JSON.parse(readFileSync(new URL("../packages.json", import.meta.url), "utf8"));

/**
 * A page for each entry of each package, by TypeDoc from the sources, and one that lists them.
 *
 * @throws Error if the sources cannot be read
 */
export async function api() {
  const entries = readdirSync(packages).sort(byOrder).flatMap(entriesOf);
  const app = await Application.bootstrapWithPlugins({
    plugin: [markdown],
    entryPoints: entries.map(({ source }) => source),
    tsconfig,
    out,
    router: "module",
    readme: "none",
    entryFileName: "index",
    excludeInternal: true,
    excludePrivate: true,
    excludeExternals: true,
    // The packages are checked with their own settings.
    skipErrorChecking: true,
    disableSources: true,
    hidePageHeader: true,
    hideBreadcrumbs: true,
    parametersFormat: "table",
    interfacePropertiesFormat: "table",
    typeDeclarationFormat: "table",
    useCodeBlocks: true,
    // Links go to anchors as TypeDoc counts them, where the site counts headings in its own way.
    useHTMLAnchors: true,
    // Comments are text: "a < b" opens no element.
    sanitizeComments: true,
    pageTitleTemplates: { module: "@eoss/{name}" },
    logLevel: "Error",
  });
  const project = await app.convert();
  if (!project || app.logger.hasErrors()) throw new Error("TypeDoc could not read the packages");
  // Modules are called after their files; here they are what one imports.
  for (const module of project.children) module.name = module.name.replace("/src", "");
  rmSync(out, { recursive: true, force: true });
  await app.generateOutputs(project);
  for (const file of readdirSync(out, { recursive: true }).filter((name) => name.endsWith(".md"))) {
    const page = join(out, file);
    writeFileSync(page, outsideCode(readFileSync(page, "utf8"), withSubscripts));
  }
  writeFileSync(join(out, "index.md"), overview(entries));
}

/** A page with its text changed, but not its blocks of code, code in lines, links and headings. */
function outsideCode(text, change) {
  return text
    .split(/(^```[\s\S]*?^```$|`[^`\n]+`|\]\([^)\n]*\)|^#.*$)/m)
    .map((part, index) => (index % 2 === 1 ? part : change(part)))
    .join("");
}

/** What the further entries of packages are. */
const PARTS = {
  "hvp/testing": "Checks of rules of one's own against differences.",
  "data/formats": "Archives, NumPy arrays and safetensors, read from bytes: anywhere.",
  "data/node": "The same with CIFAR-10 from its files, under Node.",
  "data/testing": "Checks of data of one's own.",
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
