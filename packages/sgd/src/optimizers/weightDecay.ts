import { add, mul, type Tensor } from "@tensorflow/tfjs-core";

/** g + wθ: the gradient of the loss plus w/2·‖θ‖². Without decay it is g itself, at no cost. */
export function coupledDecay(gradient: Tensor, theta: Tensor, weightDecay: number): Tensor {
  return weightDecay === 0 ? gradient : add(gradient, mul(theta, weightDecay));
}
