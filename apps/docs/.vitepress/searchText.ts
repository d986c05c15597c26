import { parseHTML } from "linkedom";

interface Environment {
  readonly frontmatter?: Readonly<Record<string, unknown>>;
}

interface Renderer {
  render(source: string, env: Environment): string;
}

/** What the search knows of a page: its words, without formulas and drawings. */
export function searchText(source: string, env: Environment, md: Renderer): string {
  const html = md.render(source, env);
  if (env.frontmatter?.search === false) return "";
  const { document } = parseHTML(`<!doctype html><html><body>${html}</body></html>`);
  for (const element of document.querySelectorAll(".katex, svg")) element.remove();
  return document.body.innerHTML;
}
