/** The form of every table of a page. */

import { type Content, html, type Markup } from "./html.js";

/**
 * A table in a frame that scrolls sideways where the page is too narrow for it.
 *
 * @param caption null where a heading says what it is
 */
export function table(
  caption: Content,
  head: readonly Content[],
  rows: readonly (readonly Content[])[],
): Markup {
  return html`<div class="scroll"><table>
${caption !== null && html`<caption><span>${caption}</span></caption>\n`}<thead><tr>${head.map((cell) => html`<th scope="col">${cell}</th>`)}</tr></thead>
<tbody>
${rows.map(
  ([first, ...cells]) =>
    html`<tr><th scope="row">${first}</th>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>\n`,
)}</tbody>
</table></div>`;
}
