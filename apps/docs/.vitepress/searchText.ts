import { parseHTML } from "linkedom";

interface Environment {
  readonly frontmatter?: Readonly<Record<string, unknown>>;
  /** From the folder of the pages on. */
  readonly relativePath?: string;
}

interface Renderer {
  render(source: string, env: Environment): string;
}

/**
 * What the search knows of a page: its words, without formulas and drawings, and the words of its front matter's
 * `keywords`, which readers type and the page has otherwise ("eta" for η). With `search: false` it knows only these and
 * the title. Of the API it knows each export with its first sentence: all words of it would be ten times those of the
 * other pages together.
 */
export function searchText(source: string, env: Environment, md: Renderer): string {
  const html = md.render(source, env);
  const { document } = parseHTML(`<!doctype html><html><body>${html}</body></html>`);
  for (const element of document.querySelectorAll(".katex, svg")) element.remove();
  if (env.relativePath?.startsWith("reference/api/")) return exportsOf(document.body);
  const { keywords, search } = env.frontmatter ?? {};
  if (search === false) for (const part of document.querySelectorAll("h1 ~ *")) part.remove();
  if (Array.isArray(keywords)) {
    const paragraph = document.createElement("p");
    paragraph.textContent = keywords.join(", ");
    document.querySelector("h1")?.after(paragraph);
  }
  return document.body.innerHTML;
}

function exportsOf(body: HTMLElement): string {
  return [...body.querySelectorAll("h1, h2, h3, h4")]
    .map((heading) => {
      const next = heading.nextElementSibling;
      const [sentence = ""] = next?.matches("p") ? next.textContent.split(/(?<=[.:;]) /) : [];
      return heading.tagName === "H1"
        ? heading.outerHTML
        : `${heading.outerHTML}<p>${sentence}</p>`;
    })
    .join("\n");
}
