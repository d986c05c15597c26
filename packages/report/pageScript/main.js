// Lets readers ask the figures of a page. Without it every figure is whole; what it reads of one becomes text and
// numbers, never markup.

import { picture, save, standalone, table } from "./download.js";
import { decoded, Panel } from "./panel.js";

document.querySelectorAll(".plot").forEach((plot, number) => {
  try {
    setUp(plot, number);
  } catch {
    // A figure with damaged data stays as it is drawn.
  }
});

function setUp(plot, number) {
  const elements = [...plot.querySelectorAll("[data-figure]")];
  if (elements.length === 0) return;

  const tip = Object.assign(document.createElement("p"), { className: "tip", hidden: true });
  tip.setAttribute("role", "status");
  const say = (ring, lines) => {
    const spans = lines.map((text) =>
      Object.assign(document.createElement("span"), { textContent: text }),
    );
    tip.replaceChildren(...spans);
    tip.hidden = lines.length === 0;
    if (ring === null) return;
    const [box, spot] = [plot, ring].map((element) => element.getBoundingClientRect());
    const left = spot.left + spot.width / 2 - box.left;
    const isRight = left > box.width / 2;
    tip.style.left = isRight ? "auto" : `${left + 14}px`;
    tip.style.right = isRight ? `${box.width - left + 14}px` : "auto";
    tip.style.top = `${Math.max(0, spot.top - box.top - 40)}px`;
  };

  const zoomed = () => {
    whole.hidden = panels.every(({ panel }) => panel.isWhole);
  };
  let series = [];
  const panels = elements.map((element, i) => {
    const { s, ...axes } = JSON.parse(element.dataset.figure);
    // Of a figure in two sizes the first has the numbers.
    series = s?.map(decoded) ?? series;
    const data = { ...axes, s: series };
    const label = element.getAttribute("aria-label") ?? "";
    const panel = new Panel(element, data, `frame-${number}-${i}`, { say, zoomed });
    return { element, data, label, panel };
  });
  const counted = panels.filter(
    ({ element, data }) => data.s.length > 0 && !element.closest(".narrow"),
  );

  const tools = Object.assign(document.createElement("div"), { className: "tools" });
  const button = (text, title, act) => {
    const made = Object.assign(document.createElement("button"), { textContent: text, title });
    made.type = "button";
    made.setAttribute("aria-label", title);
    made.addEventListener("click", act);
    tools.append(made);
    return made;
  };
  const name = fileName(panels[0].label);
  const shown = () => {
    const svg = [...plot.querySelectorAll("svg")].find((one) => one.getClientRects().length > 0);
    const own = panels.find(({ element }) => element === svg);
    return standalone(svg, own?.data.s ?? []);
  };
  const whole = button("whole", "Show the whole figure again (Escape)", () => {
    for (const { panel } of panels) panel.reset();
  });
  whole.hidden = true;
  button("SVG", "Download this figure as SVG", () => save(`${name}.svg`, shown(), "image/svg+xml"));
  button("PNG", "Download this figure as PNG", async () =>
    save(`${name}.png`, await picture(shown()), "image/png"),
  );
  if (counted.length > 0) {
    button("CSV", "Download the numbers of this figure", () =>
      save(`${name}.csv`, table(counted), "text/csv"),
    );
  }
  plot.append(tip, tools);
}

function fileName(label) {
  const words = label
    .normalize("NFKD")
    .toLowerCase()
    .match(/[a-z0-9.]+/g) ?? ["figure"];
  return words.join("-").slice(0, 60);
}
