/** Across copies of this package, and for @eoss/eigen, which depends on none. */
const FAMILY = Symbol.for("eoss.error");

/**
 * What the error classes of all packages of eoss are: errors that explain themselves. The message says what
 * is wrong, where, and what to do; it may change with any release. Programs go by `name`, which is that of
 * the class. (A wrong argument is a RangeError or TypeError, as in the language itself.)
 *
 * `instanceof EossError` holds for errors of another copy of this package too.
 *
 * @example
 * try {
 *   await train(config, { out });
 * } catch (error) {
 *   if (error instanceof EossError) console.error(error.name, error.message);
 *   else throw error;
 * }
 */
export class EossError extends Error {
  static override [Symbol.hasInstance](value: unknown): boolean {
    // biome-ignore lint/complexity/noThisInStatic: a subclass that is asked answers for itself
    if (this !== EossError) return Function.prototype[Symbol.hasInstance].call(this, value);
    return typeof value === "object" && value !== null && FAMILY in value;
  }

  protected get [FAMILY](): true {
    return true;
  }
}
