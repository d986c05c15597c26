import { add, mul, type Tensor, tidy } from "@tensorflow/tfjs-core";

/** β·velocity + g: the buffer of heavy-ball and nesterov, in the convention of PyTorch. */
export function updateVelocity(velocity: Tensor, gradient: Tensor, momentum: number): Tensor {
  // Tidied by itself: at 1.8 million parameters an intermediate is 7 MB, used again at once.
  return tidy(() => add(mul(velocity, momentum), gradient));
}
