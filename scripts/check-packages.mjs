// `npm run check:packages`: whether the packages could be published as they are. Needs the npm
// registry, and what is installed. Every check is made, whatever became of those before it.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { apiReports } from "./api-report.mjs";
import { archiveOf, inPackages, pack, publishedPackages, readJson, run } from "./packages.mjs";
import { root, turbo } from "./workspace.mjs";

if (turbo("build", "--filter=./packages/*") !== 0) process.exit(1);

const archives = mkdtempSync(join(tmpdir(), "eoss-archives-"));
const bin = (name) => join(root, "node_modules", ".bin", name);

/** Each throws, or returns lines that say what is wrong. */
const checks = {
  "what an archive holds": () => publishedPackages.flatMap(contents),
  "LICENSE in each folder": () =>
    publishedPackages.filter(withoutLicense).map(({ name }) => `${name} has no copy of LICENSE`),
  "publint --strict": async () => (await Promise.all(publishedPackages.map(lint))).flat(),
  "each entry's types, where `exports` is not read": () => publishedPackages.flatMap(entriesOfOld),
  "types resolve (attw)": () => publishedPackages.filter(hasTypes).flatMap(types),
  "nothing unused (knip)": () => output(bin("knip"), ["--no-progress"]),
  "size-limit": () => [...withoutLimit(), ...output(bin("size-limit"), [])],
  "api.md is that of the build": () =>
    apiReports()
      .filter(({ current }) => !current)
      .map(({ path }) => `${relative(root, path)} is not up to date; update it: npm run api`),
  "publish --dry-run": () => {
    inPackages(["publish", "--dry-run", "--no-git-checks", "--access", "public"], { quiet: true });
    return [];
  },
};

const archive = (published) => join(archives, archiveOf(published));
const hasTypes = ({ manifest }) => manifest.exports["."] !== undefined;

function contents(published) {
  const { name } = published;
  const listed = run("tar", ["-tzf", archive(published)], { quiet: true })
    .trim()
    .split("\n");
  const files = listed.map((file) => file.replace(/^package\//, ""));
  const manifest = JSON.parse(
    run("tar", ["-xzOf", archive(published), "package/package.json"], { quiet: true }),
  );
  const wanted = ["LICENSE", "README.md", "package.json"].filter((file) => !files.includes(file));
  const ranges = Object.values({ ...manifest.dependencies, ...manifest.peerDependencies });
  const scripts = Object.keys(manifest.scripts ?? {});
  return [
    ...wanted.map((file) => `${name} has no ${file}`),
    ...files.filter((file) => /\.test\.|^src\//.test(file)).map((file) => `${name} has ${file}`),
    ...ranges.filter((range) => /^(workspace|catalog):/.test(range)).map((r) => `${name}: ${r}`),
    ...scripts.filter((script) => /install$/.test(script)).map((s) => `${name}: script ${s}`),
  ];
}

/** npm takes the license from the package's own folder alone, where pnpm falls back to the root. */
function withoutLicense({ folder }) {
  const license = join(folder, "LICENSE");
  return !existsSync(license) || !readFileSync(license).equals(readFileSync(join(root, "LICENSE")));
}

function withoutLimit() {
  const limits = readJson(join(root, ".size-limit.json"));
  const limited = new Set(limits.map(({ name }) => name.match(/^@eoss\/[\w-]+/)?.[0]));
  const without = publishedPackages.filter(({ name }) => !limited.has(name));
  return without.map(({ name }) => `${name} has no limit in .size-limit.json`);
}

async function lint(published) {
  const { buffer } = new Uint8Array(readFileSync(archive(published)));
  const { messages, pkg } = await publint({ strict: true, pack: { tarball: buffer } });
  return messages.map((message) => `${published.name}: ${formatMessage(message, pkg)}`);
}

/**
 * TypeScript's resolution "node10" reads `typesVersions`, not `exports`; and types of one package name
 * entries of another, so that an entry left out breaks its users too.
 */
function entriesOfOld({ name, manifest: { exports, typesVersions } }) {
  const typed = Object.entries(exports).filter(([entry, { types }]) => entry !== "." && types);
  const wanted = Object.fromEntries(typed.map(([entry, { types }]) => [entry.slice(2), [types]]));
  if (JSON.stringify(typesVersions?.["*"] ?? {}) === JSON.stringify(wanted)) return [];
  return [`${name}: "typesVersions" must be ${JSON.stringify({ "*": wanted })}`];
}

function types(published) {
  const words = [archive(published), "--profile", "esm-only", "--format", "ascii", "--no-emoji"];
  return output(bin("attw"), words);
}

/** What a command prints where it fails, else nothing. */
function output(command, words) {
  const options = { cwd: root, encoding: "utf8", maxBuffer: 1 << 28 };
  const { status, stdout, stderr, error } = spawnSync(command, words, options);
  if (error) throw error;
  return status === 0 ? [] : `${stdout}${stderr}`.trim().split("\n");
}

let failed = 0;
try {
  pack(archives);
  for (const [name, check] of Object.entries(checks)) {
    const began = performance.now();
    const problems = await Promise.resolve()
      .then(check)
      .catch((error) => [error.stack]);
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    console.log(`${problems.length === 0 ? "ok    " : "FAILED"} ${name} (${seconds} s)`);
    for (const problem of problems) console.log(`       ${problem}`);
    if (problems.length > 0) failed += 1;
  }
} finally {
  rmSync(archives, { recursive: true, force: true });
}
process.exitCode = failed === 0 ? 0 : 1;
