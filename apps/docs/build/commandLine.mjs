import { stripVTControlCharacters } from "node:util";
import { program } from "@eoss/cli/program";
import { trainFields, verifyFields } from "@eoss/run";
import { code, escaped, table } from "./markdown.mjs";

/** The reference of the command line, from the program itself and the schema of its settings. */
export async function commandLine() {
  const { commands } = await program([]);
  const loaded = await Promise.all(commands.map(load));
  const pages = loaded.flatMap((command) => [command, ...subcommands(command)]);
  return pages.map(section).join("\n\n");
}

/** A command with all that it has; the program loads only the one that is called. */
async function load(command) {
  const root = await program([command.name()]);
  return root.commands.find((one) => one.name() === command.name());
}

const subcommands = (command) => command.commands.filter(({ _hidden }) => !_hidden);

function section(command) {
  const path = pathOf(command);
  const page = manualOf(command);
  const parts = [
    `## eoss ${path} {#${path.replace(" ", "-")}}`,
    escaped(command.description()),
    `\`\`\`sh\n${page.SYNOPSIS}\n\`\`\``,
  ];
  const args = command.registeredArguments;
  if (args.length > 0) {
    const rows = args.map((arg) => [code(arg.name()), escaped(arg.description)]);
    parts.push(table(["argument", "what it is"], rows));
  }
  const options = command.options.filter(({ hidden }) => !hidden);
  if (options.length > 0) {
    const fields = path === "verify" ? verifyFields : trainFields;
    const entries = options.map((option) => entry(option, path, fields));
    parts.push(`<dl class="options">\n${entries.join("\n")}\n</dl>`);
  }
  for (const [title, lead] of [
    ["EXAMPLES", "Examples:"],
    ["FILES", "Files:"],
  ]) {
    if (page[title]) parts.push(lead, `\`\`\`text\n${page[title]}\n\`\`\``);
  }
  return parts.join("\n\n");
}

/** As it is typed behind `eoss`. */
function pathOf(command) {
  const { parent } = command;
  return parent?.parent ? `${pathOf(parent)} ${command.name()}` : command.name();
}

/** The sections of the command's own manual page, by title. */
function manualOf(command) {
  const text = stripVTControlCharacters(command.helpInformation());
  const parts = text.split(/^(?=[A-Z][A-Z ]+$)/m).map((part) => part.split("\n"));
  return Object.fromEntries(
    parts.map(([title, ...lines]) => [
      title,
      lines
        .map((line) => line.slice(2))
        .join("\n")
        .trim(),
    ]),
  );
}

/** A flag that can be linked to, what it is and what it may be. */
function entry(option, path, fields) {
  const name = option.long.replace(/^--/, "");
  const id = `${path.replace(" ", "-")}-${name}`;
  const text = escaped(option.description) + allowed(option, name, path, fields);
  return `<dt id="${id}">${code(option.flags)}</dt><dd>${text}</dd>`;
}

/** What a flag may be: a setting as its error message says it, another by its choices. */
function allowed({ description, argChoices }, name, path, fields) {
  const field = fields[name];
  // A flag of the same name may mean something else.
  const isSetting = field?.allowed !== undefined && description.startsWith(field.description);
  if (isSetting && path !== "train" && trainFields[name]) {
    return ` <a href="#train-${name}">Allowed values</a>`;
  }
  const words = isSetting && !field.toggle ? field.allowed : argChoices?.join(", ");
  return words ? `<br><span class="allowed">Allowed: ${escaped(words)}</span>` : "";
}
