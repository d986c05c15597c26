// `npm run check:changesets`: whether each package that differs from the default branch in what is
// published is named by a changeset that is new as well. Where git has no history to compare with, it
// says so and checks nothing. A folder can be named; default: this repository.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./workspace.mjs";

const folder = process.argv[2] ?? root;

/** What git prints, in lines; undefined where it fails. */
function git(...words) {
  const { status, stdout } = spawnSync("git", words, { cwd: folder, encoding: "utf8" });
  return status === 0 ? stdout.split("\n").filter((line) => line !== "") : undefined;
}

function skip(reason) {
  console.log(`changesets are not checked: ${reason}`);
  process.exit(0);
}

/** Files of a package whose change its users get; a README reads alike in every version. */
function isPublished(path) {
  return (
    /^(src|bin|recipes)\/|^package\.json$/.test(path) &&
    !/\.(test|fixture)\.ts$|\/(testdata|fixtures)\//.test(path)
  );
}

/** The names in the front matter of a changeset. */
function namedBy(file) {
  const [, head = ""] = readFileSync(join(folder, file), "utf8").split(/^---$/m);
  return [...head.matchAll(/^\s*["']?(@?[\w/-]+)["']?\s*:/gm)].map(([, name]) => name);
}

const { baseBranch } = JSON.parse(readFileSync(join(folder, ".changeset/config.json"), "utf8"));
if (!git("rev-parse", "HEAD")) skip("this is no git repository");
const base = [`origin/${baseBranch}`, baseBranch].find((name) =>
  git("rev-parse", "--verify", name),
);
if (!base) skip(`there is no branch ${baseBranch}`);
const [start] = git("merge-base", "HEAD", base) ?? [];
if (!start) skip(`the history here does not reach ${base}`);

const changed = [
  ...git("diff", "--name-only", start),
  ...git("ls-files", "--others", "--exclude-standard"),
];
const named = new Set(
  changed
    .filter((file) => /^\.changeset\/.*\.md$/.test(file) && existsSync(join(folder, file)))
    .flatMap(namedBy),
);
const touched = new Set(
  changed
    .map((file) => file.match(/^(packages\/[^/]+)\/(.*)$/))
    .filter((match) => match && isPublished(match[2]))
    .map(([, directory]) => directory)
    .filter((directory) => existsSync(join(folder, directory, "package.json"))),
);
const missing = [...touched].filter((directory) => {
  const file = `${directory}/package.json`;
  const { name, version } = JSON.parse(readFileSync(join(folder, file), "utf8"));
  const before = git("show", `${start}:${file}`);
  // A new version: its changesets have just become its change log.
  const released = before && JSON.parse(before.join("\n")).version !== version;
  return !named.has(name) && !released;
});
if (missing.length > 0) {
  console.error(`changed since ${base} without a changeset: ${missing.join(", ")}`);
  console.error("say what changed for users: npx changeset");
  process.exit(1);
}
console.log(
  `changesets: packages that changed since ${base}, each named: ${[...touched].join(", ") || "none"}`,
);
