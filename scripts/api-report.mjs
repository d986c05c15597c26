// `npm run api`: what each package exports, as its users see it, in packages/*/api.md. A change of the
// public API is then a change of a file that is reviewed. Needs built packages: it reads their types.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { root } from "./workspace.mjs";

const printer = ts.createPrinter({ removeComments: true });

/** Folder, name and entries (name of import, file of types) of the packages that have types. */
function libraries() {
  const folders = readdirSync(join(root, "packages")).map((name) => join(root, "packages", name));
  return folders.flatMap((folder) => {
    const { name, exports } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const entries = Object.entries(exports)
      // What the packages of eoss alone import from each other is promised to nobody.
      .filter(([path, target]) => target.types !== undefined && path !== "./internal")
      .map(([path, target]) => ({ path: join(name, path), file: resolve(folder, target.types) }));
    return entries.length > 0 ? [{ folder, name, entries }] : [];
  });
}

/**
 * The reports as they should be.
 *
 * @returns for each file its path and text, and whether that is what it holds
 */
export function apiReports() {
  const packages = libraries();
  const files = packages.flatMap(({ entries }) => entries.map(({ file }) => file));
  const missing = files.find((file) => !existsSync(file));
  if (missing) throw new Error(`${relative(root, missing)} is not there: build first`);
  const program = ts.createProgram(files, {
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    skipLibCheck: true,
    noLib: true,
    types: [],
  });
  return packages.map((library) => {
    const path = join(library.folder, "api.md");
    const text = reportOf(program, library);
    return { path, text, current: existsSync(path) && readFileSync(path, "utf8") === text };
  });
}

function reportOf(program, { folder, name, entries }) {
  const parts = entries.map(({ path, file }) => {
    const code = entryText(program, program.getSourceFile(file), folder);
    return `## ${path}\n\n\`\`\`ts\n${code}\n\`\`\`\n`;
  });
  return [
    `# API of ${name}\n`,
    "Made from the types of the build by `npm run api`; documentation is in the README. What is frozen at 1.0 is in " +
      "[docs/api-stability.md](../../docs/api-stability.md).\n",
    ...parts,
  ].join("\n");
}

/** Declarations of what an entry exports, then of what these name without its being exported. */
function entryText(program, source, folder) {
  const checker = program.getTypeChecker();
  const resolved = (symbol) =>
    symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  const ours = (declaration) =>
    declaration.getSourceFile().fileName.startsWith(join(folder, "dist"));
  const exported = checker
    .getExportsOfModule(checker.getSymbolAtLocation(source))
    .map((symbol) => ({ name: symbol.name, target: resolved(symbol) }));
  const seen = new Set(exported.map(({ target }) => target));
  const hidden = [];

  const declarationsOf = ({ name, target }) => {
    const declarations = (target.declarations ?? []).map(statementOf);
    if (declarations.length === 0) throw new Error(`${name} has no declaration`);
    if (!declarations.some(ours)) {
      return `export { ${name} } from "${packageOf(declarations[0].getSourceFile().fileName)}";`;
    }
    for (const declaration of declarations) visit(declaration);
    const mark = declarations.some(isExperimental)
      ? "// Experimental: it may change with any release.\n"
      : "";
    const text = mark + declarations.map((one) => withoutExport(print(one))).join("\n");
    return target.name === name ? text : `${text}\nexport { ${target.name} as ${name} };`;
  };
  const visit = (node) => {
    if (ts.isIdentifier(node)) {
      const symbol = checker.getSymbolAtLocation(node);
      const target = symbol && resolved(symbol);
      const declaration = target?.declarations?.[0];
      const top = declaration && ours(declaration) && isTopLevel(declaration);
      if (top && !seen.has(target)) {
        seen.add(target);
        hidden.push({ name: target.name, target });
      }
    }
    ts.forEachChild(node, visit);
  };

  const byName = (a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
  const listed = exported.sort(byName).map(declarationsOf);
  const unlisted = [];
  // What is hidden may itself name more that is.
  for (let index = 0; index < hidden.length; index++) {
    const one = hidden[index];
    unlisted.push({ name: one.name, text: declarationsOf(one) });
  }
  const rest = unlisted.sort(byName).map(({ text }) => text);
  const heading = rest.length > 0 ? ["// Named above, not exported:"] : [];
  return [...listed, ...heading, ...rest].join("\n\n");
}

const print = (node) =>
  printer.printNode(ts.EmitHint.Unspecified, node, node.getSourceFile()).trimEnd();

/** A variable is declared in a statement of its own. */
function statementOf(declaration) {
  return ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration;
}

/** Marked by `@experimental` in its documentation; what that means is in docs/api-stability.md. */
const isExperimental = (declaration) =>
  ts.getJSDocTags(declaration).some(({ tagName }) => tagName.text === "experimental");

function isTopLevel(declaration) {
  return ts.isSourceFile(statementOf(declaration).parent);
}

const withoutExport = (text) => text.replace(/^(export |declare )*/, "");

/** Name of the package that a file belongs to. */
function packageOf(file) {
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    const manifest = join(folder, "package.json");
    if (existsSync(manifest)) return JSON.parse(readFileSync(manifest, "utf8")).name;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const { path, text, current } of apiReports()) {
    if (!current) writeFileSync(path, text);
    console.log(`${relative(root, path)}${current ? "" : " written"}`);
  }
}
