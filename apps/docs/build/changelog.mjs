import { existsSync, readdirSync, readFileSync } from "node:fs";
import { asText } from "./markdown.mjs";

const root = new URL("../../../", import.meta.url);

/** From the top of the map of packages to its bottom: the command that most readers use comes first. */
const ORDER = [
  "cli",
  ...JSON.parse(readFileSync(new URL("../packages.json", import.meta.url), "utf8")).toReversed(),
];

/**
 * What has changed, by package: first what the next version brings, from `.changeset/`, then the released
 * versions, from the changelogs of the packages.
 */
export function changelog() {
  return ORDER.map((name) => {
    const parts = [next(name), released(name)].filter((part) => part !== "");
    return parts.length === 0 ? "" : `## @eoss/${name}\n\n${parts.join("\n\n")}`;
  })
    .filter((part) => part !== "")
    .join("\n\n");
}

/** The changes of the next version, each with the packages that it names, in their order here. */
const upcoming = readdirSync(new URL(".changeset/", root))
  .filter((file) => file.endsWith(".md") && file !== "README.md")
  .map((file) => {
    const [, named = "", ...text] = readFileSync(new URL(`.changeset/${file}`, root), "utf8").split(
      /^---$/m,
    );
    const packages = ORDER.filter((name) => named.includes(`"@eoss/${name}"`));
    return { packages, text: text.join("---").trim() };
  });

/** Those of a package that no package before it has told. */
function next(name) {
  const changes = upcoming
    .filter(({ packages }) => packages[0] === name)
    .map(({ packages: [, ...others], text }) => {
      const also = others.length > 0 ? ` (also ${others.join(", ")})` : "";
      return `- ${(text + also).replaceAll("\n", "\n  ")}`;
    });
  return changes.length === 0 ? "" : `### Next {#${name}-next}\n\n${changes.map(plain).join("\n")}`;
}

/** The versions of a package, one level lower than in its file. */
function released(name) {
  const file = new URL(`packages/${name}/CHANGELOG.md`, root);
  if (!existsSync(file)) return "";
  return plain(
    readFileSync(file, "utf8")
      .replace(/^# .*\n/, "")
      .replace(/^(?=##)/gm, "#"),
  ).trim();
}

/** Code as it is, the rest as text. */
function plain(text) {
  return text
    .split(/(```[\s\S]*?```|`[^`]*`)/)
    .map((part, index) => (index % 2 === 1 ? part : asText(part)))
    .join("");
}
