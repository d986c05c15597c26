import { existsSync } from "node:fs";
import Module, * as node from "node:module";
import { resolve } from "../resolveHook.js";
import { ownPlace } from "./ownPackages.js";

/** Since Node 22.15. */
type RegisterHooks = (hooks: { resolve: unknown }) => void;

/** What `require` asks; not in Node's types. */
interface Resolver {
  _resolveFilename(
    request: string,
    parent: { filename?: string | null } | undefined,
    ...rest: unknown[]
  ): string;
}

let offered = false;

/**
 * From now on modules of users find the packages of eoss beside their own, in this thread: see
 * `ownPackages.ts`. A network in an empty folder works with a command that is installed globally.
 */
export function offerPackages(): void {
  if (offered) return;
  offered = true;
  offerToImport();
  offerToRequire(Module as unknown as Resolver);
}

function offerToImport(): void {
  const { registerHooks } = node as { registerHooks?: RegisterHooks };
  if (registerHooks !== undefined) {
    registerHooks({ resolve });
    return;
  }
  const hook = new URL("./resolveHook.js", import.meta.url);
  // Sources have no built hook: they run where the packages of a clone are.
  if (existsSync(hook)) node.register(hook);
}

/** The hooks of `import` cannot change who it is that requires. */
function offerToRequire(resolver: Resolver): void {
  const before = resolver._resolveFilename;
  resolver._resolveFilename = function (request, parent, ...rest) {
    const importer = parent?.filename;
    const place = importer ? ownPlace(request, importer) : undefined;
    if (place === undefined) return before.call(this, request, parent, ...rest);
    return node.createRequire(place).resolve(request);
  };
}
