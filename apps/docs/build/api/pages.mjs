// The pages of the API: one for a small entry; an overview by task and a page for each task of a large one.
import { fence, table } from "../markdown.mjs";
import { importLine, isValue, row, section, settingsShown } from "./exports.mjs";
import { taskOf } from "./tasks.mjs";

/** More exports than these are read as several pages. */
const ONE_PAGE = 40;

/**
 * Where each export is described: of several entries that pass it on, where it is declared.
 *
 * @param entries { name, description, exports, passedOn, readme }, exports with their folder
 * @returns pages { path, text }
 */
export function pagesOf(entries) {
  const places = new Map();
  const plans = entries.map((entry) => {
    const parts = partsOf(entry);
    const split = entry.exports.length > ONE_PAGE && parts.length > 1;
    for (const part of parts) {
      part.path = split ? `${entry.name}/${part.slug}` : entry.name;
      for (const reflection of part.exports) places.set(reflection, part.path);
    }
    return { entry, parts, split };
  });
  const shownAt = settingsShown(
    plans.flatMap(({ parts }) => parts.flatMap((part) => part.exports)),
  );
  const linksFrom = (page) => (reflection) => {
    const place = places.get(reflection);
    if (place === undefined) return undefined;
    return place === page ? `#${reflection.name}` : `/reference/api/${place}.md#${reflection.name}`;
  };
  return plans.flatMap(({ entry, parts, split }) => {
    const heading = `# @eoss/${entry.name}\n\n${entry.description}`;
    const link = linksFrom(entry.name);
    const passed = entry.passedOn.length > 0 ? [passedOn(entry.passedOn, link)] : [];
    if (!split) {
      const examples = new Map();
      const texts = parts.map((part) =>
        partText(part, { entry, link, shownAt, examples }, parts.length > 1),
      );
      return [page(entry.name, [heading, ...texts, ...passed])];
    }
    const overview = parts.map((part) => {
      const values = part.exports.filter(isValue);
      const types = part.exports.filter((one) => !isValue(one));
      return [
        `## [${part.title}](/reference/api/${part.path}.md) {#task-${part.slug}}`,
        values.length > 0
          ? table(
              ["export", "what it is"],
              values.map((one) => row(one, link)),
            )
          : "",
        types.length > 0 ? `Types: ${names(types, link)}.` : "",
      ].join("\n\n");
    });
    return [
      page(entry.name, [heading, ...overview, ...passed]),
      ...parts.map((part) =>
        page(part.path, [
          `# ${part.title} {#task-${part.slug}}`,
          `Part of [@eoss/${entry.name}](/reference/api/${entry.name}.md).`,
          partText(
            part,
            { entry, link: linksFrom(part.path), shownAt, examples: new Map() },
            false,
          ),
        ]),
      ),
    ];
  });
}

/** The exports of an entry by task; within one, as the README comes to speak of them, types last. */
function partsOf({ name, exports, readme }) {
  const parts = new Map();
  for (const { reflection, folder } of exports) {
    const { title, order } = taskOf(name, folder);
    if (!parts.has(order))
      parts.set(order, { title, order, slug: folder === "." ? "others" : folder, exports: [] });
    parts.get(order).exports.push(reflection);
  }
  const rank = (reflection) => readme.place(reflection.name);
  for (const part of parts.values())
    part.exports.sort(
      (a, b) =>
        Number(isValue(b)) - Number(isValue(a)) ||
        (rank(a) === rank(b) ? 0 : rank(a) - rank(b)) ||
        a.name.localeCompare(b.name),
    );
  return [...parts.values()].sort((a, b) => a.order - b.order);
}

function partText({ title, slug, exports }, { entry, link, shownAt, examples }, withTitle) {
  const level = withTitle ? 3 : 2;
  const from = { entry: entry.name, readme: entry.readme, link, shownAt, examples };
  const values = exports.filter(isValue);
  const types = exports.filter((one) => !isValue(one));
  const parts = withTitle ? [`## ${title} {#task-${slug}}`] : [];
  parts.push(...values.map((reflection) => section(reflection, { ...from, level })));
  if (types.length > 0)
    parts.push(
      `${"#".repeat(level)} Types {#types-${slug}}`,
      fence(importLine(types, entry.name)),
      ...types.map((reflection) => section(reflection, { ...from, level: level + 1 })),
    );
  return parts.join("\n\n");
}

function passedOn(reflections, link) {
  return `## Passed on\n\nAlso imported from here: ${names(reflections, link)}.`;
}

function names(reflections, link) {
  return reflections.map((one) => `[\`${one.name}\`](${link(one)})`).join(", ");
}

function page(path, parts) {
  // Denser than pages that are read from the top.
  return { path, text: `---\npageClass: api\n---\n\n${parts.join("\n\n")}\n` };
}
