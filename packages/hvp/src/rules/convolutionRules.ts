import type { Tensor } from "@tensorflow/tfjs-core";
import { callKernel } from "./convolution.js";
import type { Attributes, GradientRule } from "./rule.js";

/**
 * Convolution is closed under differentiation as a set of three maps, each linear in both of its
 * arguments. With S(x, w, y) = Σ x·w·y over all matching positions, a trilinear form,
 *
 *     conv(x, w) = ∂S/∂y      convInput(y, w) = ∂S/∂x      convFilter(x, y) = ∂S/∂w
 *
 * so the two derivatives of each are the other two.
 *
 * @param kernels names of the three kernels, in this order
 * @param defaults attributes that some of them leave out
 */
export function convolutionRules(
  kernels: readonly [conv: string, convInput: string, convFilter: string],
  defaults: Attributes,
): readonly [GradientRule, GradientRule, GradientRule] {
  const [convKernel, inputKernel, filterKernel] = kernels;
  /** The attributes that all three share; each adds the shape of its own result. */
  const shared = ({ inputShape: _, filterShape: __, ...attrs }: Attributes) => ({
    ...defaults,
    ...attrs,
  });
  const conv = (x: Tensor, filter: Tensor, attrs: Attributes) =>
    callKernel(convKernel, { x, filter }, shared(attrs));
  const convInput = (dy: Tensor, filter: Tensor, inputShape: number[], attrs: Attributes) =>
    callKernel(inputKernel, { dy, filter }, { ...shared(attrs), inputShape });
  const convFilter = (x: Tensor, dy: Tensor, filterShape: number[], attrs: Attributes) =>
    callKernel(filterKernel, { x, dy }, { ...shared(attrs), filterShape });
  return [
    {
      kernelName: convKernel,
      saveInputs: { x: ["filter"], filter: ["x"] },
      gradient: ({ dy, attrs, input, shapeOf }) => ({
        x: () => convInput(dy, input("filter"), shapeOf("x"), attrs),
        filter: () => convFilter(input("x"), dy, shapeOf("filter"), attrs),
      }),
    },
    {
      kernelName: inputKernel,
      saveInputs: { dy: ["filter"], filter: ["dy"] },
      gradient: ({ dy: dx, attrs, input, shapeOf }) => ({
        dy: () => conv(dx, input("filter"), attrs),
        filter: () => convFilter(dx, input("dy"), shapeOf("filter"), attrs),
      }),
    },
    {
      kernelName: filterKernel,
      saveInputs: { x: ["dy"], dy: ["x"] },
      gradient: ({ dy: dw, attrs, input, shapeOf }) => ({
        x: () => convInput(input("dy"), dw, shapeOf("x"), attrs),
        dy: () => conv(input("x"), dw, attrs),
      }),
    },
  ];
}
