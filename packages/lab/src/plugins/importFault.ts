import { spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * Why a module of a user could not be loaded, in a sentence.
 *
 * @param error what its import threw
 * @param file the module that was named
 */
export function importFault(error: unknown, file: string): Error {
  return new Error(reasonOf(error, file), { cause: error });
}

function reasonOf(error: unknown, file: string): string {
  if (!existsSync(file)) return `there is no file ${file}`;
  if (statSync(file).isDirectory()) return `${file} is a folder, not a file`;
  if (!(error instanceof Error)) return `it threw ${String(error)}`;
  const { name, code, requireStack } = error as NodeJS.ErrnoException & { requireStack?: string[] };
  const [line = ""] = error.message.split("\n");
  if (code === "ERR_UNKNOWN_FILE_EXTENSION" && /\.[cm]?ts\b/.test(line)) {
    return `TypeScript is read from Node 22.18 on, and this is ${process.version}: compile it to JavaScript`;
  }
  if (code === "ERR_MODULE_NOT_FOUND" || code === "MODULE_NOT_FOUND") {
    return missing(line, line.match(/imported from (.+)$/)?.[1] ?? requireStack?.[0]);
  }
  if (name === "SyntaxError" && /import statement outside|token 'export'/.test(line)) {
    return (
      `${line}: a package.json says that it is CommonJS; name the file .mjs, or write ` +
      '"type": "module" there'
    );
  }
  if (name === "PluginTimeError" || code !== undefined) return line;
  const place =
    placeIn(error.stack, file) ??
    (name === "SyntaxError" ? placeIn(checked(file), file) : undefined);
  return `${name}: ${line}${EARLY.test(line) ? TOO_EARLY : ""}${place === undefined ? "" : ` (${place})`}`;
}

/** What tfjs says of a tensor before there is a backend: files are loaded before one is chosen. */
const EARLY = /No backend found in registry/;
const TOO_EARLY = " It makes a tensor while it is loaded; make it in a function, where it is used";

/** Of `Cannot find package 'x' imported from /file.js`, and of what `require` says. */
function missing(line: string, importer: string | undefined): string {
  if (importer === undefined) return line;
  const [, name] = line.match(/^Cannot find (?:package|module) '([^'./][^']*)'/) ?? [];
  if (name !== undefined) {
    return `${importer} imports the package ${name}, which is not there: npm install ${name} in ${dirname(importer)}`;
  }
  return line.includes(importer) ? line : `${line} required by ${importer}`;
}

/** Lines of a stack that name a file, which ES modules do by their address. */
const PLACES = /^(?:\s+at (?:.*\()?)?(file:\/\/)?(\/[^\n()]*?):(\d+)(?::\d+)?\)?$/gm;

const isInstalled = (path: string) => path.includes("/node_modules/");

/**
 * The first file and line that a stack names: of a fault in the text it stands before all else. For a
 * file of the user's own those of packages that it calls do not count.
 */
function placeIn(stack: string | undefined, file: string): string | undefined {
  const places = [...(stack ?? "").matchAll(PLACES)];
  const own = isInstalled(file) ? undefined : places.find(([, , path]) => !isInstalled(path!));
  const [, scheme, path, line] = own ?? places[0] ?? [];
  if (path === undefined) return undefined;
  return `${scheme === undefined ? path : fileURLToPath(`${scheme}${path}`)}:${line}`;
}

/** What Node says of the text of a module alone; the error of its import does not tell the line. */
function checked(file: string): string {
  return spawnSync(process.execPath, ["--check", file], { encoding: "utf8" }).stderr;
}
