/** Plain text as Markdown that shows it as it is; code between backticks stays code. */
export function escaped(text) {
  return text
    .split(/(`[^`]+`)/)
    .map((part, index) => (index % 2 === 1 ? part : part.replace(/[\\*_[\]<>|#{}$]/g, entity)))
    .join("");
}

/**
 * Formulas in plain text, such as E_B or h_{L−1}, with their indices as subscripts: a letter, "max" or
 * "min" and an index of one or two letters. Names of settings, such as last_step, stay as they are.
 */
export function withSubscripts(text) {
  return text.replace(
    INDEXED,
    (_, base, group, letters) => `${base}<sub>${(group ?? letters).replace(/\\$/, "")}</sub>`,
  );
}

/** As Markdown or as entities: x_i, x_{i ≤ j} or x_(k+1). */
const INDEXED = new RegExp(
  "(?<![A-Za-z0-9_])(max|min|[A-Za-z\\u0370-\\u03ffℓ∇])(?:\\\\?_|&#95;)" +
    "(?:(?:\\\\?\\{|&#123;|\\()([^{}()]{1,9}?)(?:\\\\?\\}|&#125;|\\))|([A-Za-z\\d\\u0370-\\u03ff]{1,2})(?![A-Za-z\\d_]))",
  "gu",
);

/** Entities pass through Markdown, tables and the templates of Vue. */
function entity(character) {
  return `&#${character.codePointAt(0)};`;
}

/** Text as inline code; `|` would end a cell. */
export function code(text) {
  return `<code v-pre>${text.replace(/[&<>|]/g, entity)}</code>`;
}

/** Text as Markdown in which "a < b" opens no element, braces are no template, and x_i has an index. */
export function asText(text) {
  return withSubscripts(text.replace(/[<>{}]/g, entity));
}

/** A program as a block of code. */
export function fence(program) {
  return `\`\`\`ts\n${program}\n\`\`\``;
}

/** A table of cells that are Markdown already. */
export function table(header, rows) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  return [line(header), line(header.map(() => "---")), ...rows.map(line)].join("\n");
}
