/** The network f = ab of two weights, trained towards the output 1: L(a, b) = (ab − 1)². */

export interface Weights {
  readonly a: number;
  readonly b: number;
}

export function lossOf({ a, b }: Weights): number {
  return (a * b - 1) ** 2;
}

/**
 * λmax of the Hessian, in closed form. The Hessian is 2·[[b², 2ab − 1], [2ab − 1, a²]], so that
 * λmax = a² + b² + √((a² − b²)² + 4(2ab − 1)²). On the valley ab = 1 that is 2(a² + b²).
 */
export function sharpnessOf({ a, b }: Weights): number {
  return a ** 2 + b ** 2 + Math.hypot(a ** 2 - b ** 2, 2 * (2 * a * b - 1));
}

/**
 * One step of gradient descent with the step size η. It multiplies a² − b² by 1 − 4η²(ab − 1)²: as long as the
 * loss is not 0 and the step is not far too large, the two weights come closer to each other, and so to where the
 * valley is flatter.
 */
export function stepFrom({ a, b }: Weights, rate: number): Weights {
  const pull = 2 * rate * (a * b - 1);
  return { a: a - pull * b, b: b - pull * a };
}

/** Beyond this a weight does not come back. */
const LOST = 1e6;

/** The weights before each step, from the start on: one more than there are steps, fewer if they leave every bound. */
export function pathFrom(start: Weights, rate: number, steps: number): Weights[] {
  const path = [start];
  for (let t = 0; t < steps; t++) {
    const next = stepFrom(path.at(-1)!, rate);
    if (!(Math.abs(next.a) < LOST && Math.abs(next.b) < LOST)) break;
    path.push(next);
  }
  return path;
}
