/** How modules of users are resolved, as a hook of Node: in its loader thread before Node 22.15. */

import type { ResolveHook } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import { ownPlace } from "./plugins/ownPackages.js";

/** Returns what `next` returns, so that it serves both kinds of hooks: with and without promises. */
export const resolve: ResolveHook = (specifier, context, next) => {
  const { parentURL } = context;
  if (!parentURL?.startsWith("file:")) return next(specifier, context);
  const place = ownPlace(specifier, fileURLToPath(parentURL));
  if (place === undefined) return next(specifier, context);
  return next(specifier, { ...context, parentURL: pathToFileURL(place).href });
};
