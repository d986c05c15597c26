// A figure of the page as a file: SVG, PNG, or its numbers as CSV.

import { attributes, svgElement } from "./axes.js";

const LEGEND_LINE = 18;

export function save(name, content, type) {
  const url = URL.createObjectURL(new Blob([content], { type }));
  Object.assign(document.createElement("a"), { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/**
 * The drawing on its own, as it is shown: literal colours, a background, and a legend where the page has
 * that elsewhere.
 */
export function standalone(svg, series) {
  const copy = svg.cloneNode(true);
  copy.querySelector(".ring")?.remove();
  const [width, height] = svg.getAttribute("viewBox").split(" ").slice(2).map(Number);
  const isMissing = ([name]) => !svg.textContent.includes(name);
  const legend = series.length > 1 ? series.filter(isMissing) : [];
  legend.forEach(([name, color, dash], i) => {
    const place = `translate(12,${height + LEGEND_LINE * i})`;
    const entry = svgElement("g", { transform: place, "text-anchor": "start" });
    const sample = svgElement("path", { d: "M0,6H36", stroke: `var(--${color})`, fill: "none" });
    const text = Object.assign(svgElement("text", { x: 44, y: 10 }), { textContent: name });
    entry.append(attributes(sample, { "stroke-width": 2, "stroke-dasharray": dash }), text);
    copy.append(entry);
  });
  const size = { width, height: height + LEGEND_LINE * legend.length };
  attributes(copy, { ...size, viewBox: `0 0 ${width} ${size.height}` });
  copy.prepend(svgElement("rect", { ...size, fill: "var(--page)" }));
  for (const element of [copy, ...copy.querySelectorAll("[data-figure]")]) {
    for (const name of ["data-figure", "tabindex", "aria-keyshortcuts"]) {
      element.removeAttribute(name);
    }
  }
  const colors = getComputedStyle(document.documentElement);
  const color = (_, name) => colors.getPropertyValue(name).trim();
  return new XMLSerializer().serializeToString(copy).replace(/var\((--[\w-]+)\)/g, color);
}

/** The same as a picture of twice its size. */
export async function picture(text) {
  const url = URL.createObjectURL(new Blob([text], { type: "image/svg+xml" }));
  const image = Object.assign(new Image(), { src: url });
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = 2 * image.width;
  canvas.height = 2 * image.height;
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  URL.revokeObjectURL(url);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
}

/** The numbers of some panels, one point a line. */
export function table(panels) {
  const lines = panels.flatMap(({ label, data: { x, y, shade, s } }) =>
    s.flatMap(([name, , , xs, values, errors, , shades]) =>
      xs.map((at, i) => {
        const of = shades
          ? [`${name}, ${y[0]} ${values[i]}`, x[0], at, shade, shades[i]]
          : [name, x[0], at, y[0], values[i]];
        return [label, ...of, errors[i]].map(cell).join();
      }),
    ),
  );
  return `${["figure,series,axis,at,of,value,error", ...lines].join("\n")}\n`;
}

/** As in the other tables of eoss, a text that a spreadsheet would take for a formula is none. */
function cell(value) {
  if (typeof value !== "string") return value ?? "";
  return `"${/^[=+\-@\t\r]/.test(value) ? "'" : ""}${value.replaceAll('"', '""')}"`;
}
