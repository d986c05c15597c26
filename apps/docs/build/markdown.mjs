/** Plain text as Markdown that shows it as it is; code between backticks stays code. */
export function escaped(text) {
  return text
    .split(/(`[^`]+`)/)
    .map((part, index) => (index % 2 === 1 ? part : part.replace(/[\\*_[\]<>|#{}$]/g, entity)))
    .join("");
}

/** Entities pass through Markdown, tables and the templates of Vue. */
function entity(character) {
  return `&#${character.codePointAt(0)};`;
}

/** Text as inline code; `|` would end a cell. */
export function code(text) {
  return `<code v-pre>${text.replace(/[&<>|]/g, entity)}</code>`;
}

/** A table of cells that are Markdown already. */
export function table(header, rows) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  return [line(header), line(header.map(() => "---")), ...rows.map(line)].join("\n");
}
