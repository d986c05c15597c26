import { parseHTML } from "linkedom";
import type { MarkdownEnv, MarkdownRenderer } from "vitepress";

/** What the search knows of a page: its words, without formulas and drawings. */
export function searchText(source: string, env: MarkdownEnv, md: MarkdownRenderer): string {
  const html = md.render(source, env);
  if (env.frontmatter?.search === false) return "";
  const { document } = parseHTML(`<!doctype html><html><body>${html}</body></html>`);
  for (const element of document.querySelectorAll(".katex, svg")) element.remove();
  return document.body.innerHTML;
}
