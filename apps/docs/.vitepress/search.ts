import type { DefaultTheme } from "vitepress";
import { searchText } from "./searchText.js";

/**
 * Ideas first, then what to do, then what one looks up, then tables of what was measured. The page's bundle takes
 * this function as text.
 */
function weight(section: string): number {
  if (/\/reference\/api\/|\/bench\//.test(section)) return 0.3;
  if (/\/reference\/(results|reproduction|coverage)/.test(section)) return 0.6;
  if (section.includes("/concepts/")) return 2;
  return /\/reference\/|\/lesson/.test(section) ? 1 : 1.5;
}

/** Words without a meaning of their own are neither kept nor looked for. Taken as text too. */
function processTerm(term: string): string | null {
  const word = term.toLowerCase();
  const EMPTY =
    /^(an?|and|are|as|at|be|by|for|from|has|in|is|it|its?|my|of|on|or|that|the|this|to|with|how|do|i)$/;
  return EMPTY.test(word) ? null : word;
}

/** The search of the site: an index that is built with it, so that nothing leaves the reader's browser. */
export const search: DefaultTheme.Config["search"] = {
  provider: "local",
  options: {
    _render: searchText,
    detailedView: false,
    miniSearch: {
      options: { processTerm },
      searchOptions: { fuzzy: 0.1, combineWith: "AND", boostDocument: weight },
    },
  },
};
