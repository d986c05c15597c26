// One export as a section of a page: import line, text, forms, parameters with their settings, an example.
import { ReflectionKind } from "typedoc";
import { fence, table } from "../markdown.mjs";
import { firstSentence, inCell, tagged, textOf } from "./comments.mjs";
import { exampleOf } from "./examples.mjs";
import {
  linked,
  piecesOf,
  plain,
  shownName,
  signaturePieces,
  typeOf,
  typeParameters,
} from "./types.mjs";

/** The line that imports exports from an entry. */
export function importLine(reflections, entry) {
  const kind = reflections.every(isValue) ? "" : "type ";
  const names = reflections.map(({ name }) => name);
  const inLine = `import ${kind}{ ${names.join(", ")} } from "@eoss/${entry}";`;
  if (inLine.length <= 100) return inLine;
  return `import ${kind}{\n${names.map((name) => `  ${name},\n`).join("")}} from "@eoss/${entry}";`;
}

/** Is it there when a program runs, or for the compiler alone? */
export function isValue(reflection) {
  return reflection.kindOf([
    ReflectionKind.Function,
    ReflectionKind.Variable,
    ReflectionKind.Class,
    ReflectionKind.Enum,
  ]);
}

/** The comment of an export: a function has it with its first form. */
function commentOf(reflection) {
  return reflection.comment ?? reflection.signatures?.find(({ comment }) => comment)?.comment;
}

/**
 * A section under a heading of a level.
 *
 * @param from { entry, readme, link, shownAt, examples, level }: what is imported from, its README, links from
 *   this page, the functions that show the fields of their settings, and the exports that show an example
 */
export function section(reflection, from) {
  const { name } = reflection;
  const comment = commentOf(reflection);
  const parts = [
    `${"#".repeat(from.level)} ${name.replaceAll("_", "\\_")} {#${name}}`,
    textOf(comment),
    ...body(reflection, from),
  ];
  const example = exampleOf(reflection, comment, from.readme);
  const before = from.examples.get(example);
  if (before) parts.push(`Example: that of [\`${before}\`](#${before}).`);
  else if (example) parts.push("Example:", example);
  if (example && !before) from.examples.set(example, name);
  const sources = tagged(comment, "@see");
  if (sources.length > 0) parts.push(`Source: ${sources.map(inCell).join("; ")}`);
  return parts.filter((part) => part !== "").join("\n\n");
}

function body(reflection, from) {
  if (reflection.kindOf(ReflectionKind.Function)) return callable(reflection, from);
  const shownAt = from.shownAt.get(reflection);
  if (shownAt) return [`Its fields stand at [\`${shownAt.name}\`](${from.link(shownAt)}).`];
  if (reflection.kindOf([ReflectionKind.Interface, ReflectionKind.Class]))
    return [
      ...(isValue(reflection) ? [fence(importLine([reflection], from.entry))] : []),
      ...heritage(reflection, from),
      ...members(reflection, from),
    ];
  const { type } = reflection;
  if (reflection.kindOf(ReflectionKind.Variable))
    return [
      fence(importLine([reflection], from.entry)),
      `Type: ${linked(piecesOf(type), from.link)}`,
    ];
  const shape = type?.type === "reflection" && type.declaration.children;
  const head = plain([reflection.name, ...typeParameters(reflection.typeParameters)]);
  return shape
    ? [memberTable(type.declaration.children, from)]
    : [fence(`type ${head} = ${plain(piecesOf(type)).replaceAll(" | ", "\n  | ")};`)];
}

/** The first form at once, the others folded; parameters, and the settings among them with their fields. */
function callable(reflection, from) {
  const [first, ...others] = reflection.signatures;
  const forms = (signatures) =>
    signatures.map((one) => `${plain(signaturePieces(one, reflection.name))};`).join("\n");
  const parts = [fence(`${importLine([reflection], from.entry)}\n\n${forms([first])}`)];
  if (others.length > 0)
    parts.push(
      folded(
        `${others.length} other ${others.length > 1 ? "forms" : "form"}`,
        fence(forms(others)),
      ),
    );
  const parameters = first.parameters ?? [];
  // What the form says already is not said again.
  if (parameters.some((one) => one.comment || piecesOf(one.type).some((piece) => piece.reflection)))
    parts.push(
      table(
        ["parameter", "type", "what it is"],
        parameters.map((parameter) => [
          `\`${shownName(parameter.name)}\``,
          linked(piecesOf(parameter.type), from.link),
          inCell(textOf(parameter.comment) || (settingsOf(parameter) ? "the fields below" : "")),
        ]),
      ),
    );
  for (const settings of parameters.map(settingsOf)) {
    const at = settings && from.shownAt.get(settings);
    if (at === reflection)
      parts.push(`Fields of \`${settings.name}\`:`, memberTable(settings.children, from));
    else if (at) parts.push(`Its fields stand at [\`${at.name}\`](${from.link(at)}).`);
  }
  const comment = commentOf(reflection);
  const [returns] = tagged(comment, "@returns");
  const result = linked(piecesOf(first.type), from.link);
  parts.push(sentence(returns ? `Returns ${result}: ${inCell(returns)}` : `Returns ${result}`));
  const throws = tagged(comment, "@throws");
  if (throws.length > 0)
    parts.push(throws.map((text) => sentence(`Throws ${inCell(text)}`)).join("\n\n"));
  return parts;
}

/** The function at which the fields of each settings are shown: the first that takes them. */
export function settingsShown(reflections) {
  const shown = new Map();
  for (const reflection of reflections)
    for (const parameter of reflection.signatures?.[0].parameters ?? []) {
      const settings = settingsOf(parameter);
      if (settings && !shown.has(settings)) shown.set(settings, reflection);
    }
  return shown;
}

/** The interface that a parameter called settings or options has. */
function settingsOf({ name, type }) {
  const target = type?.type === "reference" ? type.reflection : undefined;
  const isSettings = /^(settings|options)$/.test(shownName(name));
  return isSettings && target?.children ? target : undefined;
}

function sentence(text) {
  return /[.:;!?]$/.test(text) ? text : `${text}.`;
}

function heritage({ extendedTypes = [] }, { link }) {
  if (extendedTypes.length === 0) return [];
  return [`Extends ${extendedTypes.map((type) => linked(piecesOf(type), link)).join(", ")}.`];
}

function members(reflection, from) {
  const own = (reflection.children ?? []).filter(
    (child) => !child.inheritedFrom || reflection.kind !== ReflectionKind.Class,
  );
  const signatures = (reflection.signatures ?? []).map((signature) =>
    plain(signaturePieces(signature)),
  );
  const parts =
    signatures.length > 0 ? [fence(signatures.map((text) => `${text};`).join("\n"))] : [];
  return own.length > 0 ? [...parts, memberTable(own, from)] : parts;
}

function memberTable(children, from) {
  const rows = children.map((child) => {
    if (child.kindOf(ReflectionKind.Constructor))
      return [
        "`new`",
        linked(signaturePieces(child.signatures[0], ""), from.link),
        inCell(textOf(child.signatures[0].comment)),
      ];
    return [
      `\`${child.name}${child.flags.isOptional ? "?" : ""}\``,
      linked(piecesOf(typeOf(child)), from.link),
      inCell(textOf(child.comment ?? child.getSignature?.comment ?? child.signatures?.[0].comment)),
    ];
  });
  return table(["field", "type", "what it is"], rows);
}

/** A row of a list of exports: the name as a link, and what it is in a sentence. */
export function row(reflection, link) {
  return [`[\`${reflection.name}\`](${link(reflection)})`, firstSentence(commentOf(reflection))];
}

function folded(title, content) {
  return `<details><summary>${title}</summary>\n\n${content}\n\n</details>`;
}
