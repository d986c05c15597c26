import { add, mul, sub, tidy } from "@tensorflow/tfjs-core";
import { defineOptimizer } from "./define.js";
import { DESCENT } from "./threshold.js";
import { updateVelocity } from "./velocity.js";

/**
 * SGD with Nesterov momentum in the convention of PyTorch.
 *
 *   velocity ← β·velocity + g,   θ ← θ − η·(g + β·velocity)   (velocity is 0 at first)
 *
 * On a quadratic with curvature λ, z² − (1 + β)(1 − ηλ)z + β(1 − ηλ) = 0 has a root at −1 when
 * λ = (2 + 2β)/(η(1 + 2β)): unstable above. PyTorch's momentum is 0 when left out; here it is 0.9.
 *
 * @see torch.optim.SGD with nesterov; Nesterov (1983); Sutskever et al. (2013), On the importance of
 *   initialization and momentum in deep learning; Cohen et al. (2021), Gradient descent on neural
 *   networks typically occurs at the edge of stability
 */
export const nesterov = defineOptimizer({
  name: "nesterov",
  description: "SGD with Nesterov momentum, as in PyTorch",
  defaults: { momentum: 0.9 },
  slots: ["velocity"],
  threshold: {
    ...DESCENT,
    formula: "(2 + 2β)/(η(1 + 2β))",
    value: ({ learningRate, momentum }) => (2 + 2 * momentum) / (learningRate * (1 + 2 * momentum)),
  },
  update({ theta, gradient, slots }, { learningRate, momentum }) {
    const velocity = updateVelocity(slots.velocity, gradient, momentum);
    const ahead = tidy(() => add(gradient, mul(velocity, momentum)));
    return { theta: sub(theta, mul(ahead, learningRate)), velocity };
  },
});
