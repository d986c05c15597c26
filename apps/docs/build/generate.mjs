// `npm run generate`: the parts of the site that are made from the packages. They need the built packages.
import { mkdirSync, writeFileSync } from "node:fs";
import { accuracy } from "./accuracy.mjs";
import { api } from "./api.mjs";
import { changelog } from "./changelog.mjs";
import { commandLine } from "./commandLine.mjs";
import { fieldTable } from "./fields.mjs";
import { figures } from "./figures.mjs";
import { palette } from "./palette.mjs";
import { sections } from "./sections.mjs";

const folder = new URL("../generated/", import.meta.url);
mkdirSync(folder, { recursive: true });
const write = (name, text) => writeFileSync(new URL(name, folder), text);

write("palette.css", palette());
write("command-line.md", await commandLine());
write("accuracy.md", accuracy());
write("changelog.md", changelog());
write("errors-of-numbers.md", sections("sharpness", ["What the errors mean"]));
write(
  "run-folder.md",
  [
    sections("lab", ["The run folder"]),
    "### The fields of run.json",
    fieldTable("manifestSchema.ts", "manifestSchema"),
    sections("run", ["Records"]),
    "### The fields of a record",
    fieldTable("recordSchema.ts", "recordSchema"),
    sections("lab", ["Checkpoints", "Stop, resume, fork"]),
  ].join("\n\n"),
);
for (const [name, figure] of Object.entries(await figures())) write(`${name}.md`, figure);
await api();
