import { Tape } from "./tape.js";

let depth = 0;

/**
 * Runs `body` with its results counting as constants: no derivative flows through them.
 * For values that shift a computation without changing it, such as the maximum in a log-sum-exp.
 */
export function constant<T>(body: () => T): T {
  depth += 1;
  try {
    return Tape.current ? Tape.current.pause(body) : body();
  } finally {
    depth -= 1;
  }
}

/** Whether a constant is being computed, recorded or not. */
export const inConstant = (): boolean => depth > 0;
