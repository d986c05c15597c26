import { readdirSync, readFileSync } from "node:fs";
import { quantities } from "@eoss/sharpness";
import ts from "typescript";
import { code, escaped as plain, withSubscripts } from "./markdown.mjs";

const sources = new URL("../../../packages/sharpness/src/quantities/", import.meta.url);

/**
 * Every registered quantity: what the registry says of it, and what its source says of its errors.
 *
 * @throws Error if a quantity has no comment: then nobody could know how far to trust it
 */
export function accuracy() {
  const statements = new Map(
    readdirSync(sources)
      .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"))
      .flatMap((file) => commentsOf(readFileSync(new URL(file, sources), "utf8"))),
  );
  return Object.values(quantities)
    .map((quantity) => section(quantity, statements))
    .join("\n\n");
}

/** Text with the indices of formulas as subscripts. */
const escaped = (text) => withSubscripts(plain(text));

function section({ name, description, over, unit, needs, cost }, statements) {
  const statement = statements.get(name);
  if (!statement)
    throw new Error(`the quantity ${name} has no comment that says how accurate it is`);
  const facts = [
    `over ${OVER[over]}`,
    `unit: ${unit}`,
    `cost: ${escaped(cost)}`,
    ...(needs.length > 0 ? [`needs ${needs.join(", ")}`] : []),
  ];
  return [
    `### ${code(name)} {#${name}}`,
    `${escaped(`${description[0].toUpperCase()}${description.slice(1)}.`)}`,
    `<p class="facts">${facts.join(" · ")}</p>`,
    statement,
  ].join("\n\n");
}

const OVER = {
  full: "all samples",
  step: "the batch of the next step",
  "held-out": "held-out samples",
  batches: "fresh batches, the mean of them",
};

/** Pairs of a quantity's name and its comment, of the objects that a source file exports. */
function commentsOf(text) {
  const file = ts.createSourceFile("quantity.ts", text, ts.ScriptTarget.Latest, true);
  return file.statements.filter(ts.isVariableStatement).flatMap((statement) => {
    const [{ initializer }] = statement.declarationList.declarations;
    const name = initializer && ts.isObjectLiteralExpression(initializer) && nameIn(initializer);
    const [comment] = ts.getJSDocCommentsAndTags(statement);
    return name && comment ? [[name, markdownOf(comment)]] : [];
  });
}

function nameIn(object) {
  const property = object.properties.find(
    (one) => ts.isPropertyAssignment(one) && one.name.getText() === "name",
  );
  return property && ts.isStringLiteral(property.initializer) && property.initializer.text;
}

/** Paragraphs of a comment; indented lines are formulas; `@see` is a reference. */
function markdownOf(comment) {
  const text = ts.getTextOfJSDocComment(comment.comment) ?? "";
  const paragraphs = text
    .split(/\n\s*\n/)
    .map((paragraph) =>
      /^ {2}/.test(paragraph) ? `\`\`\`text\n${paragraph.trim()}\n\`\`\`` : escaped(paragraph),
    );
  const references = (comment.tags ?? []).filter(ts.isJSDocSeeTag).map((tag) =>
    escaped(
      tag
        .getText()
        .replace(/^@see\s*/, "")
        .replace(/\s*\n\s*\*\s*/g, " ")
        .trim(),
    ),
  );
  const see = references.map((reference) => `<p class="reference">${reference}</p>`);
  return [...paragraphs, ...see].join("\n\n");
}
