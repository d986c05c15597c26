/** The frame of every report: head, style, title, sections. */

import { type Content, html, type Markup, raw } from "./html.js";
import { STYLE } from "./style.js";

export interface PageOptions {
  readonly title: string;
  /** What stands under the title. */
  readonly lead?: Content;
  readonly main: Content;
  /** A script of the product's own, never with anything from a run in it; default: none. */
  readonly script?: PageScript;
}

interface PageScript {
  readonly text: string;
  /** Its SHA-256 in base64: no other script of the page runs. */
  readonly sha256: string;
}

/**
 * A page as one HTML file that loads nothing from elsewhere, sends nothing, and runs no script but
 * the one given: should a text of a run ever become markup, it could not do more than look odd.
 */
export function page({ title, lead, main, script }: PageOptions): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="eoss">
<meta http-equiv="Content-Security-Policy" content="${raw(policyOf(script))}">
<title>${title}</title>
<style>${raw(STYLE)}</style>
</head>
<body>
<header>
<h1>${title}</h1>
${lead}</header>
<main>
${main}</main>
${script !== undefined && scriptElement(script)}</body>
</html>
`.text;
}

/** By its hash, so that no other script runs. */
function policyOf(script?: PageScript): string {
  const own = script === undefined ? "" : `; script-src 'sha256-${script.sha256}'`;
  return `default-src 'none'; style-src 'unsafe-inline'${own}; base-uri 'none'; form-action 'none'`;
}

function scriptElement({ text }: PageScript): Markup {
  return html`<script>${raw(text)}</script>\n`;
}
