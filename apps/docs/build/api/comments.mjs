// Comments of the sources as Markdown.
import { asText } from "../markdown.mjs";

/** The whole text of a comment. */
export function textOf(comment) {
  return markdown(comment?.summary ?? []);
}

/** Its first sentence, for a table. */
export function firstSentence(comment) {
  const [paragraph] = textOf(comment).split(/\n\s*\n/);
  const [sentence] = paragraph.replace(/\s+/g, " ").split(/(?<=[.:;]) (?=\S)/);
  return inCell(sentence.replace(/[:;]$/, "."));
}

/** The texts of the tags of one kind, such as `@throws`. */
export function tagged(comment, tag) {
  return (comment?.blockTags ?? [])
    .filter((block) => block.tag === tag)
    .map(({ content }) => markdown(content).trim());
}

/** On one line, as a cell of a table wants it. */
export function inCell(text) {
  return (
    text
      .trim()
      .replace(/\s*\n\s*/g, " ")
      .replaceAll("|", "\\|") || "–"
  );
}

function markdown(parts) {
  return parts
    .map(({ kind, text, tag }) => {
      if (kind === "code") return text;
      if (kind === "inline-tag") return tag === "@link" ? `\`${text}\`` : text;
      return asText(text);
    })
    .join("");
}
