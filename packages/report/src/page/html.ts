/** Text that is markup already, and goes into a page as it is. */
export class Markup {
  constructor(readonly text: string) {}
  toString(): string {
    return this.text;
  }
}

/** What a template may hold; nothing is printed for null, undefined and false. */
export type Content = Markup | string | number | null | undefined | false | readonly Content[];

/**
 * A template of HTML in which every inserted text is escaped, so that no setting, path or message
 * of a run can become markup; only `Markup`, made by this very template or by `raw`, is kept.
 *
 * @example html`<td>${"a < b"}</td>` // <td>a &lt; b</td>
 */
export function html(strings: TemplateStringsArray, ...values: readonly Content[]): Markup {
  return new Markup(strings.map((text, i) => text + render(values[i])).join(""));
}

/** Declares a text to be markup: for figures and styles, never for anything read from a run. */
export function raw(text: string): Markup {
  return new Markup(text);
}

/** A text that is safe inside an element or a quoted attribute, of HTML and of SVG. */
export function escapeText(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}

function render(value: Content): string {
  if (value === null || value === undefined || value === false) return "";
  if (value instanceof Markup) return value.text;
  if (Array.isArray(value)) return value.map(render).join("");
  return escapeText(String(value));
}
