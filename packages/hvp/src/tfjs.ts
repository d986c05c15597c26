import { engine, type Tensor, version_core } from "@tensorflow/tfjs-core";

/** Versions of tfjs-core that the tests run on, its ends included: 4.FIRST to 4.LAST. */
export const TESTED = { major: 4, first: 0, last: 22 } as const;

/**
 * Whether a version of tfjs-core is one that the tests cover. In others, the engine that kernels are
 * watched in may work in another way, and a derivative be wrong without any sign.
 */
export function isTested(version: string): boolean {
  const [major, minor] = version.split(".").map(Number);
  return major === TESTED.major && minor! >= TESTED.first && minor! <= TESTED.last;
}

const { major, first, last } = TESTED;

/** @throws Error that names the version and what to install, where it is none of those tested */
export function requireTested(version: string = version_core): void {
  if (isTested(version)) return;
  throw new Error(
    `@eoss/hvp is tested with @tensorflow/tfjs-core ${major}.${first} to ${major}.${last}, and this is ` +
      `${version}: install @tensorflow/tfjs-core@^${major}.${last}.0 and backends of the same version`,
  );
}

interface EngineState {
  readonly state: { readonly tensorInfo: WeakMap<object, unknown> };
}

/**
 * Copies of tfjs-core share one engine through the global object, so that it does not matter which
 * copy a tensor comes from: except where a copy has another global object, or was loaded before the
 * engine was taken away from it. Then nothing that it computes can be seen.
 *
 * @throws TypeError for a tensor that the engine does not know
 */
export function requireOurEngine(tensor: Tensor, what: string): void {
  if ((engine() as unknown as EngineState).state.tensorInfo.has(tensor.dataId)) return;
  throw new TypeError(
    `${what} belongs to another copy of @tensorflow/tfjs-core, with an engine of its own: let there ` +
      "be one copy (npm ls @tensorflow/tfjs-core shows them; npm dedupe, or an alias of the bundler, makes them one)",
  );
}
