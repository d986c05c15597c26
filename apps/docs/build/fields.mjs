import { readFileSync } from "node:fs";
import ts from "typescript";
import { code, escaped, table } from "./markdown.mjs";

const formats = new URL("../../../packages/run/src/formats/", import.meta.url);

/**
 * The fields of a schema of @eoss/run as a table: what their comments say, and which may be missing.
 *
 * @param file in `formats`, which defines the schema with `fields({ … })`
 * @throws Error if there is no such schema, or a field has no comment
 */
export function fieldTable(file, schema) {
  const text = readFileSync(new URL(file, formats), "utf8");
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const variables = source.statements
    .filter(ts.isVariableStatement)
    .flatMap(({ declarationList }) => [...declarationList.declarations]);
  const shapeOf = (name) =>
    shapeIn(variables.find((one) => one.name.getText() === name)?.initializer);
  const shape = shapeOf(schema);
  if (shape === undefined) throw new Error(`${file} has no schema ${schema}`);
  const rows = shape.properties.map((property) => {
    const name = property.name.getText();
    const comment = commentOf(property);
    if (comment === "") throw new Error(`${file}: the field ${name} of ${schema} has no comment`);
    const parts = partsOf(property.initializer, shapeOf);
    const holds = parts.length > 0 ? ` With ${parts.join(", ")}.` : "";
    return [code(name), mayMiss(property.initializer) ? "yes" : "", escaped(comment) + holds];
  });
  return table(["field", "may be missing", "what it is"], rows);
}

/** The object of the first `fields({ … })` in an expression. */
function shapeIn(node) {
  if (node === undefined) return undefined;
  const isFields = ts.isCallExpression(node) && node.expression.getText() === "fields";
  if (isFields) return node.arguments[0];
  return ts.forEachChild(node, shapeIn);
}

/** The fields of a field, also of one whose schema is a variable, with their comments. */
function partsOf(node, shapeOf) {
  const shape = shapeIn(node) ?? shapeOf(/\b(?:list\()?(\w+)\b/.exec(node.getText())[1]);
  return (shape?.properties ?? []).map((part) => {
    const comment = commentOf(part).replace(/\.$/, "");
    const words = comment === "" ? "" : ` (${escaped(comment)})`;
    return `${code(part.name.getText())}${words}`;
  });
}

function mayMiss(node) {
  const text = node.getText();
  return /\.(exactOptional|optional)\(\)(\.catch\(\w+\))?$/.test(text) || text === "optionalError";
}

function commentOf(node) {
  return ts
    .getJSDocCommentsAndTags(node)
    .map(({ comment }) => ts.getTextOfJSDocComment(comment) ?? "")
    .join(" ")
    .replace(/\s+/g, " ");
}
