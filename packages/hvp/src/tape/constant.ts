/** What a function can tell the record under which it runs. */

import {
  customGrad,
  type GradSaveFunc,
  type NamedTensorMap,
  type Tensor,
  zerosLike,
} from "@tensorflow/tfjs-core";
import type { GradientRule } from "../rules/rule.js";
import type { ForeignTensors } from "./foreignTensors.js";

/** What records at present, as far as the function that is recorded can tell it something. */
interface Recorder {
  pause<T>(body: () => T): T;
  isActive(tensor: Tensor): boolean;
  standIn(tensor: Tensor, variable: Tensor): void;
  readonly foreign: Pick<ForeignTensors, "guard">;
  /** Whether what runs now is recorded: not inside `constant`. */
  readonly recording: boolean;
  composite(rule: GradientRule, inputs: NamedTensorMap, body: () => Tensor): Tensor;
}

let recorder: Recorder | undefined;

/** The tape that is recording now, if any. */
export function currentRecorder(): Recorder | undefined {
  return recorder;
}

/** Runs `body` with another recorder as the current one. */
export function withRecorder<T>(next: Recorder, body: () => T): T {
  const before = recorder;
  recorder = next;
  try {
    return body();
  } finally {
    recorder = before;
  }
}

/**
 * Runs `body` with its results counting as constants: no derivative flows through them.
 * For values that shift a computation without changing it, such as the maximum in a log-sum-exp.
 */
export function constant<T>(body: () => T): T {
  return recorder ? recorder.pause(body) : body();
}

/**
 * Runs `body` as one op with a rule of its own, which covers all that happens inside. Outside of a
 * record the rule serves tfjs' own gradients, which are of first order.
 *
 * @param inputs what the derivatives depend on, by the names that the rule gives them
 */
export function composite(rule: GradientRule, inputs: NamedTensorMap, body: () => Tensor): Tensor {
  if (recorder) return recorder.composite(rule, inputs, body);
  const names = Object.keys(inputs);
  const op = customGrad((...given) => {
    (given.pop() as GradSaveFunc)(given as Tensor[]);
    const gradFunc = (dy: Tensor, saved: Tensor[]) => {
      const input = (name: string) => saved[names.indexOf(name)]!;
      const gradients = rule.gradient({
        dy,
        attrs: {},
        inputNames: names,
        input,
        output: body,
        shapeOf: (name) => input(name).shape,
      });
      return names.map((name) => gradients[name]?.() ?? zerosLike(input(name)));
    };
    return { value: body(), gradFunc };
  });
  return op(...Object.values(inputs));
}
