import { program } from "@eoss/cli/program";
import { trainFields, verifyFields } from "@eoss/lab";
import { code, escaped, table } from "./markdown.mjs";

/** The reference of the command line, from the program itself and the schema of its settings. */
export function commandLine() {
  const commands = program().commands.flatMap(withSubcommands);
  return commands.map(({ command, path }) => section(command, path)).join("\n\n");
}

function withSubcommands(command) {
  const shown = command.commands.filter(({ _hidden }) => !_hidden);
  return [
    { command, path: command.name() },
    ...shown.map((sub) => ({ command: sub, path: `${command.name()} ${sub.name()}` })),
  ];
}

function section(command, path) {
  const parts = [
    `## eoss ${path} {#${path.replace(" ", "-")}}`,
    `${escaped(sentence(command.description()))}`,
    `\`\`\`sh\neoss ${path} ${command.usage()}\n\`\`\``,
  ];
  const args = command.registeredArguments;
  if (args.length > 0) {
    const rows = args.map((arg) => [code(arg.name()), escaped(arg.description)]);
    parts.push(table(["argument", "what it is"], rows));
  }
  const options = command.options.filter(({ hidden }) => !hidden);
  const fields = path === "verify" ? verifyFields : trainFields;
  if (options.length > 0) {
    const entries = options.map((option) => entry(option, path, fields));
    parts.push(`<dl class="options">\n${entries.join("\n")}\n</dl>`);
  }
  const examples = helpAfter(command);
  if (examples !== "") parts.push(`\`\`\`text\n${examples}\n\`\`\``);
  return parts.join("\n\n");
}

/** A flag that can be linked to, what it is and what it may be. */
function entry({ flags, description, long }, path, fields) {
  const name = long.replace(/^--/, "");
  const text = escaped(description) + allowed(name, description, path, fields);
  const id = `${path.replace(" ", "-")}-${name}`;
  return `<dt id="${id}">${code(flags)}</dt><dd>${text}</dd>`;
}

/** What a setting may be, as its error message says it. */
function allowed(name, description, path, fields) {
  const field = fields[name];
  // A flag of the same name may mean something else; a choice is spelled out with the flag.
  if (!field?.allowed || !description.startsWith(field.description)) return "";
  if (field.toggle || field.allowed.startsWith("one of ")) return "";
  if (path !== "train" && trainFields[name]) return ` <a href="#train-${name}">Allowed values</a>`;
  return `<br><span class="allowed">Allowed: ${escaped(field.allowed)}</span>`;
}

/** What the help prints after the options: examples and remarks. */
function helpAfter(command) {
  let text = "";
  command.configureOutput({ writeOut: (part) => (text += part) });
  command.outputHelp();
  const [, ...rest] = text.split(command.helpInformation());
  return rest.join("").trim();
}

function sentence(text) {
  return `${text[0].toUpperCase()}${text.slice(1)}.`;
}
