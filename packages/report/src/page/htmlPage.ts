/** The frame of every report: head, style, title, sections. */

import { FIGURE_SCRIPT } from "./figureScript.generated.js";
import { type Content, html, type Markup, raw } from "./html.js";
import { STYLE } from "./style.js";

export interface PageOptions {
  readonly title: string;
  /** What stands under the title. */
  readonly lead?: Content;
  readonly main: Content;
  /** A script of the product's own beside that of figures, never with anything from a run in it; default: none. */
  readonly script?: PageScript;
}

interface PageScript {
  readonly text: string;
  /** Its SHA-256 in base64: no other script of the page runs. */
  readonly sha256: string;
}

/**
 * A page as one HTML file that loads nothing from elsewhere, sends nothing, and runs no scripts but those of
 * the product: should a text of a run ever become markup, it could not do more than look odd.
 */
export function page({ title, lead, main, script }: PageOptions): string {
  const scripts = [FIGURE_SCRIPT, ...(script === undefined ? [] : [script])];
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="eoss">
<meta http-equiv="Content-Security-Policy" content="${raw(policyOf(scripts))}">
<title>${title}</title>
<style>${raw(STYLE)}</style>
</head>
<body>
<header>
<h1>${title}</h1>
${lead}</header>
<main>
${main}</main>
${scripts.map(scriptElement)}</body>
</html>
`.text;
}

/** Scripts by their hashes, so that no other runs; the only images are those that they make. */
function policyOf(scripts: readonly PageScript[]): string {
  const hashes = scripts.map(({ sha256 }) => `'sha256-${sha256}'`).join(" ");
  return (
    `default-src 'none'; style-src 'unsafe-inline'; script-src ${hashes}; img-src blob:; ` +
    "base-uri 'none'; form-action 'none'"
  );
}

function scriptElement({ text }: PageScript): Markup {
  return html`<script>${raw(text)}</script>\n`;
}
