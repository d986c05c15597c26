// Users of `npm run test:published` who follow READMEs word for word: what the install line above an example
// names is installed in an empty folder; then each example runs as it stands, and
// compiles as strict TypeScript, in both resolutions of modules that TypeScript recommends.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import ts from "typescript";
import { publishedPackages, readJson, run } from "./packages.mjs";
import { root } from "./workspace.mjs";

const { packageManager } = readJson(join(root, "package.json"));
const compilerOptions = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext };
const RESOLUTIONS = [
  ["nodenext", "nodenext"],
  ["esnext", "bundler"],
];

/**
 * @param newUser makes a user with an empty folder
 * @param nodes paths of Node
 * @param managers npm, pnpm, or both; pnpm is stricter: nothing but what was asked for can be imported
 */
export function readmes(newUser, nodes, managers) {
  const compiler = newUser("compiler");
  compiler.npm("install", "typescript@5.9", "@types/node@20");
  const faults = [];
  const libraries = publishedPackages.filter(({ manifest }) => "." in manifest.exports);
  for (const { name, folder, manifest } of libraries) {
    const examples = examplesOf(join(folder, "README.md"));
    if (examples.length === 0) faults.push(`${name}: its README has no example`);
    const words = [...new Set(examples.flatMap(({ installed }) => installed))];
    for (const manager of managers) {
      const user = newUser(`${name.slice("@eoss/".length)}-${manager}`);
      install(user, manager, words);
      for (const { code, js, line } of examples) {
        writeFileSync(join(user.folder, `line${line}.js`), js);
        writeFileSync(join(user.folder, `line${line}.ts`), code);
        const place = `${name}, README, line ${line}, by ${manager}`;
        for (const node of nodes) faults.push(...failure(place, user, node, [`line${line}.js`]));
      }
      writeFileSync(join(user.folder, "entries.js"), importsOf(name, manifest));
      faults.push(...failure(`entries of ${name}, by ${manager}`, user, "node", ["entries.js"]));
      // A folder of pnpm has nothing but what was asked for.
      if (manager === "pnpm") faults.push(...compileErrors(`${name}, README`, user, compiler));
    }
  }
  if (faults.length > 0) throw new Error(`examples that do not work:\n${faults.join("\n")}`);
}

/**
 * The programs of a README, with the packages that the lines above them install.
 *
 * @param options.all also those marked `no-run`, which need what the repository does not have
 */
export function examplesOf(readme, { all = false } = {}) {
  if (!existsSync(readme)) return [];
  const text = readFileSync(readme, "utf8");
  const installed = [];
  const examples = [];
  // Also in a list, indented.
  const fences = /^( *)```(\w+)([^\n]*)\n(.*?)^\1```|`(npm install [^`]+)`/gms;
  for (const found of text.matchAll(fences)) {
    const [, indent, language, attributes, block = "", words] = found;
    const code = block.replaceAll(new RegExp(`^${indent}`, "gm"), "");
    const lines = words ? [words] : language === "sh" ? code.split("\n") : [];
    for (const line of lines) {
      const [, names] = line.match(/^npm install ((?:(?:@?[\w./-]+)(?: |$))+)/) ?? [];
      if (names) installed.push(...names.trim().split(" "));
    }
    if (!/^[jt]s$/.test(language) || (/no-run/.test(attributes) && !all)) continue;
    const line = text.slice(0, found.index).split("\n").length + 1;
    const js = language === "js" ? code : ts.transpileModule(code, { compilerOptions }).outputText;
    examples.push({ code, js, line, installed: [...installed] });
  }
  return examples;
}

/** The code that imports every entry of a package. */
function importsOf(name, { exports }) {
  const entries = Object.keys(exports).filter((entry) => entry !== "./package.json");
  return entries.map((entry) => `await import(${JSON.stringify(join(name, entry))});`).join("\n");
}

function install(user, manager, words) {
  if (manager === "npm") return user.npm("install", ...words);
  const { folder, env, store } = user;
  const places = ["--store-dir", store, "--cache-dir", `${store}-index`];
  const add = ["--yes", packageManager, "add", ...places, ...words];
  run("npx", add, { cwd: folder, env, timeout: 300_000 });
}

function failure(place, { folder, env }, node, words) {
  const { status, stdout, stderr } = spawnSync(node, words, {
    cwd: folder,
    env,
    encoding: "utf8",
    timeout: 300_000,
  });
  return status === 0 ? [] : [`${place}: ended with ${status}\n${stdout}${stderr}`];
}

/** Files of the compiler's folder that were read before, by resolution: most of what a program is made of. */
const known = new Map();

/** All examples of a folder, in strict mode; the types of Node are those of the compiler's folder. */
function compileErrors(place, { folder }, compiler) {
  const files = readdirSync(folder).filter((name) => /^line\d+\.ts$/.test(name));
  const compilerTs = createRequire(join(compiler.folder, "package.json"))("typescript");
  const types = join(compiler.folder, "node_modules", "@types");
  return RESOLUTIONS.flatMap(([module, moduleResolution]) => {
    const { options } = compilerTs.convertCompilerOptionsFromJson(
      {
        ...{ module, moduleResolution, target: "es2022", strict: true, noEmit: true },
        ...{ skipLibCheck: true, typeRoots: [types], types: ["node"] },
      },
      folder,
    );
    const host = compilerTs.createCompilerHost(options);
    const { getSourceFile } = host;
    host.getCurrentDirectory = () => folder;
    host.getSourceFile = (file, ...rest) => {
      if (!file.startsWith(compiler.folder)) return getSourceFile(file, ...rest);
      const key = `${moduleResolution} ${file}`;
      if (!known.has(key)) known.set(key, getSourceFile(file, ...rest));
      return known.get(key);
    };
    const names = files.map((name) => join(folder, name));
    const program = compilerTs.createProgram(names, options, host);
    const faults = compilerTs.getPreEmitDiagnostics(program);
    if (faults.length === 0) return [];
    const said = compilerTs.formatDiagnostics(faults, host);
    return [`${place}, --moduleResolution ${moduleResolution}:\n${said}`];
  });
}
