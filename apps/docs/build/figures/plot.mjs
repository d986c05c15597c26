import { LIGHT } from "@eoss/report";
import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";

/** The colours of the reports as CSS variables, which the theme of the site sets. */
export const colors = Object.fromEntries(
  Object.keys(LIGHT).map((name) => [name, `var(--eoss-${name})`]),
);

/**
 * A figure as Markdown: an SVG that follows the theme of the page, and its caption.
 *
 * @param label what the figure shows, for readers who cannot see it
 * @param caption Markdown
 * @param legend pairs of a colour's name and a text
 * @param plots options of Observable Plot, one for each panel
 */
export function figure({ label, caption, legend = [], plots }) {
  const panels = plots.map(svg).join("");
  const key = legend.map(
    ([color, text]) => `<li><span style="background: ${colors[color]}"></span>${text}</li>`,
  );
  const list = key.length > 0 ? `<ul class="legend" aria-hidden="true">${key.join("")}</ul>` : "";
  return `<figure class="made">
${list}<div class="panels panels-${plots.length}" role="img" aria-label="${attribute(label)}">${panels}</div>
<figcaption>

${caption}

</figcaption>
</figure>
`;
}

function svg(options) {
  // Observable Plot needs a document to create elements with; under Node this one is enough.
  const { document } = parseHTML("<!doctype html><html><body></body></html>");
  const width = options.width ?? 640;
  const height = options.height ?? 340;
  const drawn = Plot.plot({
    document,
    marginLeft: 48,
    marginBottom: 46,
    ...options,
    width,
    height,
  });
  drawn.querySelector("style")?.remove();
  const content = String(drawn.innerHTML).replace(/-?\d+\.\d{2,}/g, (number) =>
    String(Number(Number(number).toFixed(1))),
  );
  return (
    `<svg viewBox="0 0 ${width} ${height}" aria-hidden="true" fill="currentColor" ` +
    `font-size="13" text-anchor="middle">${content}</svg>`
  );
}

const attribute = (text) => text.replaceAll("&", "&amp;").replaceAll('"', "&quot;");

/** A dashed level with its name right of the frame, where no curve strikes it through. */
export function threshold(value, text, color = "ink") {
  return [
    Plot.ruleY([value], { stroke: colors[color], strokeDasharray: "2 4", strokeWidth: 1.5 }),
    Plot.text([value], {
      y: (y) => y,
      text: () => text,
      frameAnchor: "right",
      dx: 6,
      textAnchor: "start",
      fill: colors[color],
    }),
  ];
}

/** A measured series with its band of errors. */
export function series(points, color, dash) {
  return [
    Plot.areaY(points, {
      x: "step",
      y1: (point) => point.value - point.error,
      y2: (point) => point.value + point.error,
      fill: colors[color],
      fillOpacity: 0.2,
    }),
    Plot.lineY(points, {
      x: "step",
      y: "value",
      stroke: colors[color],
      strokeWidth: 2,
      strokeDasharray: dash,
      strokeLinecap: "butt",
    }),
  ];
}

/** The axes that curves against training steps have in common. */
export const stepAxes = {
  // Room for the names of levels.
  marginRight: 72,
  x: { label: "training step →", labelArrow: "none", labelOffset: 42, ticks: 6 },
  y: { zero: true, label: "sharpness", labelArrow: "none" },
};
