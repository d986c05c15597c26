import { cssVariables, DARK, LIGHT } from "../figures/palette.js";

/** The report's only style sheet: system fonts, both themes, narrow pages, and paper. */
export const STYLE = `
:root { color-scheme: light dark; ${cssVariables(LIGHT)} }
@media (prefers-color-scheme: dark) { :root { ${cssVariables(DARK)} } }
@media print { :root { color-scheme: light; ${cssVariables(LIGHT)} } }
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 2rem 1.25rem 4rem; max-width: 54rem;
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", sans-serif;
  color: var(--ink); background: var(--page); overflow-wrap: break-word;
}
h1 { font-size: 1.7rem; line-height: 1.25; margin: 0 0 .5rem; }
h2 { font-size: 1.35rem; margin: 3.5rem 0 .5rem; padding-top: 1rem; border-top: 1px solid var(--grid); }
h3 { font-size: 1.05rem; margin: 2rem 0 .5rem; }
p { margin: .5rem 0; max-width: 44rem; }
a { color: var(--minibs); }
.muted, figcaption, caption { color: var(--muted); font-size: .9rem; }
.lead { font-size: 1.08rem; }
.story { margin: .8rem 0; padding-left: 1.2rem; font-size: 1.08rem; max-width: 44rem; }
.story li { margin: .3rem 0; }
details { margin: 2rem 0; }
summary { cursor: pointer; font-weight: 600; padding: .2rem 0; }
summary:focus-visible { outline: 2px solid var(--minibs); outline-offset: 2px; }
.warning { border-left: 4px solid var(--fullbs); padding: .1rem .8rem; }
figure { margin: 1rem 0 2rem; }
figure svg { --plot-background: var(--page); max-width: 100%; height: auto; }
figure .scroll svg { max-width: none; }
figcaption { max-width: 44rem; margin-top: .6rem; }
.narrow { display: none; }
.plot { position: relative; }
.plot [data-figure]:focus-visible { outline: 2px solid var(--minibs); outline-offset: 2px; }
.tools { display: flex; justify-content: flex-end; gap: .1rem; }
.tools button { font: inherit; font-size: .75rem; color: var(--muted); background: none; border: 0; border-radius: 4px; padding: .15rem .4rem; cursor: pointer; }
.tools button:hover { color: var(--ink); text-decoration: underline; }
.tools button:focus-visible { outline: 2px solid var(--minibs); }
.tip { position: absolute; z-index: 1; margin: 0; max-width: 18rem; pointer-events: none; padding: .25rem .5rem; border: 1px solid var(--muted); border-radius: 4px; background: var(--page); font-size: .82rem; line-height: 1.35; font-variant-numeric: tabular-nums; }
.tip[hidden], .tools [hidden] { display: none; }
.tip span { display: block; }
.tip span:last-child { color: var(--muted); }
.panels { display: grid; grid-template-columns: repeat(auto-fill, minmax(15.5rem, 1fr)); gap: .75rem; }
.pairs { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(22rem, 100%), 1fr)); gap: 1rem .75rem; }
.panels svg, .pairs svg { width: 100%; }
.legend { display: flex; flex-wrap: wrap; gap: .2rem 1.5rem; list-style: none; margin: .5rem 0; padding: 0; font-size: .9rem; }
.legend svg { vertical-align: middle; margin-right: .3rem; }
.scroll { overflow-x: auto; margin: 1rem 0 1.5rem; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; padding-bottom: .4rem; }
caption span { display: block; max-width: min(44rem, calc(100vw - 2rem)); }
th, td { padding: .35rem .7rem .35rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--grid); }
thead th { color: var(--muted); font-weight: 600; vertical-align: bottom; border-bottom-color: var(--muted); }
tbody th { font-weight: 500; min-width: 7rem; }
td.note { min-width: 12rem; }
td strong { white-space: nowrap; }
dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); gap: .1rem 1.5rem; margin: .5rem 0; font-size: .9rem; }
dl div { display: flex; gap: .6rem; justify-content: space-between; border-bottom: 1px solid var(--grid); padding: .15rem 0; }
dt { color: var(--muted); white-space: nowrap; }
dd { margin: 0; text-align: right; overflow-wrap: anywhere; }
pre { padding: .8rem 1rem; border: 1px solid var(--grid); border-radius: 6px; overflow-x: auto; }
code { font: .88rem/1.5 ui-monospace, "SF Mono", Menlo, Consolas, monospace; }
pre code { user-select: all; white-space: pre-wrap; overflow-wrap: anywhere; }
.filters { display: flex; flex-wrap: wrap; gap: .4rem 1.2rem; margin: 1rem 0 .2rem; font-size: .9rem; }
.filters[hidden] { display: none; }
.filters label { color: var(--muted); }
.filters input, .filters select { font: inherit; color: var(--ink); background: var(--page); border: 1px solid var(--muted); border-radius: 4px; padding: .1rem .3rem; }
th button { all: unset; cursor: pointer; }
th button:hover { color: var(--ink); text-decoration: underline; }
th button:focus-visible, .filters :focus-visible { outline: 2px solid var(--minibs); outline-offset: 2px; }
th[aria-sort] button { color: var(--ink); }
th[aria-sort="ascending"] button::after { content: " ↑"; }
th[aria-sort="descending"] button::after { content: " ↓"; }
@media (max-width: 40rem) {
  body { padding: 1.25rem 1rem 3rem; }
  h1 { font-size: 1.4rem; }
  .wide { display: none; }
  .narrow { display: block; }
  .scroll table { min-width: 34rem; }
}
@media print {
  html { font-size: 10pt; }
  body { max-width: none; padding: 0; }
  h2 { break-before: page; border: 0; }
  figure, tr, dl div { break-inside: avoid; }
  .scroll { overflow: visible; }
  .tools, .tip { display: none; }
  /* On paper nothing can be unfolded. */
  details::details-content { content-visibility: visible; block-size: auto; }
  summary { list-style: none; }
}
`;
