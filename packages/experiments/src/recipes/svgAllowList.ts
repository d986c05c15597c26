const ELEMENTS = "svg|title|g|path|text|tspan|circle|line|rect";
/** Names of attributes that draw: what loads, links or runs has other names. */
const DRAWING_ATTRIBUTES =
  "xmlns|viewBox|width|height|role|transform|d|c[xy]|r[xy]?|[xy][12]?|d[xy]|color|fill|fill-opacity|" +
  "stroke|stroke-[a-z]+|paint-order|font-[a-z]+|text-anchor";
/** No paint is taken from elsewhere by its address. */
const ATTRIBUTE = `(?:${DRAWING_ATTRIBUTES})="(?![^"]*url)[\\w .,:;%#()+/-]*"|(?:aria-[a-z]+|data-figure)="[^"<>]*"`;
const TOKEN = new RegExp(
  `<(?:${ELEMENTS})(?: (?:${ATTRIBUTE}))* ?/?>|</(?:${ELEMENTS})>|&(?:amp|lt|gt|quot|#\\d+);`,
  "g",
);

/**
 * Whether a text is an SVG of the kind that figures are drawn as, so that it can go into a page as it
 * is: nothing in it loads, links or runs.
 */
export function isAllowedSvg(svg: string): boolean {
  return (
    svg.startsWith("<svg ") &&
    svg.trimEnd().endsWith("</svg>") &&
    !/[<>&]/.test(svg.replace(TOKEN, " "))
  );
}
