/** Colours of the charts, in the theme of the page. */

import { DARK, LIGHT, type Palette } from "@eoss/report";

export type Colour = keyof Palette;

export function isDark(): boolean {
  return document.documentElement.classList.contains("dark");
}

/** A colour of the reports, in the theme of the page. */
export function colour(name: Colour): string {
  return (isDark() ? DARK : LIGHT)[name];
}

/** Calls back when the reader changes the theme; gives what ends it. */
export function onThemeChange(callback: () => void): () => void {
  const observer = new MutationObserver(callback);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ["class"] });
  return () => observer.disconnect();
}
