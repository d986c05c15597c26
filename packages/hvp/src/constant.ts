import { Tape } from "./tape.js";

/**
 * Runs `body` with its results counting as constants: no derivative flows through them.
 * For values that shift a computation without changing it, such as the maximum in a log-sum-exp.
 */
export function constant<T>(body: () => T): T {
  return Tape.current ? Tape.current.pause(body) : body();
}
