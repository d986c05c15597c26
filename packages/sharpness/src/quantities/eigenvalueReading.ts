import type { CurvatureKind } from "../loss/engine.js";
import type { LossView } from "../loss/lossView.js";
import {
  type MeasureContext,
  type Part,
  type Parts,
  type Reading,
  worstStatus,
} from "../registry/quantity.js";
import { weakestKind } from "../search/errorKind.js";
import { topPairs } from "../search/topPairs.js";

/**
 * λmax of a curvature matrix of one loss, with these parts:
 *
 * - `eigenvalues`: the top ones, descending, when more than one was wanted;
 * - `layer <name>`: λmax of the diagonal block of each parameter tensor, when wanted. A block's
 *   λmax is never above that of the whole.
 */
export async function eigenvalueReading(
  view: LossView,
  kind: CurvatureKind,
  context: MeasureContext,
): Promise<Reading> {
  const { value, values, errorBound, errorBounds, errorKind, products, status } =
    await view.top(kind);
  const whole: Reading = { value, errorBound, errorKind, products, status };
  if (status === "not-finite") return whole;
  const parts: Record<string, Part> = {};
  if (values.length > 1) parts.eigenvalues = { value: values, errorBound: errorBounds };
  if (!context.perLayer) return { ...whole, ...(values.length > 1 && { parts }) };
  const layers = await layerReadings(view, kind, context);
  return {
    ...whole,
    errorKind: weakestKind(errorKind, layers.errorKind),
    products: products + layers.products,
    status: worstStatus(status, layers.status),
    parts: { ...parts, ...layers.parts },
  };
}

async function layerReadings(
  view: LossView,
  kind: CurvatureKind,
  { tolerance, stream, pause, certify }: MeasureContext,
): Promise<
  Pick<Reading, "errorKind"> & { products: number; status: Reading["status"]; parts: Parts }
> {
  const parts: Record<string, Part> = {};
  let products = 0;
  let errorKind: Reading["errorKind"];
  let status: Reading["status"] = "converged";
  for (const [index, name] of view.layers().entries()) {
    const block = view.layer(kind, name);
    try {
      const search = { tolerance, stream: stream.fork(index), pause, certify };
      const top = await topPairs(block, [], search);
      for (const vector of top.vectors) block.space.release(vector);
      parts[`layer ${name}`] = { value: top.value, errorBound: top.errorBound };
      products += top.products;
      errorKind = weakestKind(errorKind, top.errorKind);
      status = worstStatus(status, top.status);
    } finally {
      block.dispose();
    }
  }
  return { errorKind, products, status, parts };
}
