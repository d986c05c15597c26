import { DARK, LIGHT } from "@eoss/report";

/** The colours of the reports as CSS variables of the site's two themes. */
export function palette() {
  const declarations = (colors) =>
    Object.entries(colors)
      .map(([name, color]) => `  --eoss-${name}: ${color};\n`)
      .join("");
  return `:root {\n${declarations(LIGHT)}}\n.dark {\n${declarations(DARK)}}\n`;
}
