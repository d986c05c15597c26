import { spectralDensity } from "@eoss/eigen";
import type { LossView } from "../loss/lossView.js";
import { solversOf } from "../loss/space.js";
import {
  type MeasureContext,
  NOT_FINITE,
  type Part,
  type Reading,
  type SingleQuantity,
} from "../registry/quantity.js";
import { withPauses } from "../search/solveTop.js";
import { halfWidth } from "../statistics/interval.js";
import { MonteCarlo } from "../statistics/monteCarlo.js";

/** Random vectors, each with a Gauss rule of its own, ... */
const RULES = 8;
/** ... and nodes of each rule. */
const NODES = 32;
/** Of χ²₁, the most skew of quadratic forms: widens Student's interval by 9/m, as @eoss/eigen's traces. */
const SKEWNESS = 9;
/** Points of the grid on which the density is given. */
const POINTS = 201;
/** The smoothing curve's width in grid spacings. */
const WIDTH = 2;

/** A discrete measure on the spectrum: weights add up to 1. */
interface GaussRule {
  readonly nodes: readonly number[];
  readonly weights: readonly number[];
}

/**
 * Spectral density of the Hessian of the whole loss, by stochastic Lanczos quadrature with eight random
 * vectors and 32 nodes each (Ubaru, Chen & Saad 2017; Ghorbani, Krishnan & Xiao 2019).
 *
 * The value is √tr H², the Frobenius norm: the root of the sum of squared eigenvalues. Parts: `lambda` and
 * `density`, the fraction of eigenvalues per unit of λ, smoothed by a normal curve of part `width`; `mean`,
 * tr H/d; `negative`, the fraction of eigenvalues below −width. All with standard errors over the random
 * vectors; that they are smoothed over `width`, and that 32 nodes do not resolve more, is no part of them.
 */
export const density: SingleQuantity = {
  name: "density",
  description: "spectral density of the Hessian of the whole loss; the value is its Frobenius norm",
  over: "full",
  unit: "curvature",
  needs: [],
  reads: ["tolerance"],
  cost: "256 products over all samples",
  async measure(view, context) {
    if (!(await view.isFinite())) return NOT_FINITE;
    const rules: GaussRule[] = [];
    let products = 0;
    for (let index = 0; index < RULES; index++) {
      const { rule, matvecs } = await gaussRule(view, context, index);
      rules.push(rule);
      products += matvecs;
    }
    return { ...densityReading(rules, view.dimension, context), products };
  },
};

/**
 * Spectral density of the Hessians of batches, mean over eight batches with a random vector each: the
 * standard errors are those over batches and vectors together. The value is √(E_B[tr H_B²]).
 */
export const batchDensity: SingleQuantity = {
  name: "batch-density",
  description: "mean spectral density of batch Hessians; the value is their Frobenius norm",
  over: "full",
  unit: "curvature",
  needs: ["draws"],
  reads: ["tolerance"],
  cost: "32 products on each of 8 batches",
  async measure(view, context) {
    const rules: GaussRule[] = [];
    let products = 0;
    for (let index = 0; index < RULES; index++) {
      const batch = context.drawBatch(index);
      try {
        if (!(await batch.isFinite())) return { ...NOT_FINITE, products };
        const { rule, matvecs } = await gaussRule(batch, context, index);
        rules.push(rule);
        products += matvecs;
      } finally {
        batch.dispose();
      }
    }
    return { ...densityReading(rules, view.dimension, context), products };
  },
};

/** The Gauss rule of one random vector; coordinates that the view has left out are zeros. */
async function gaussRule(
  view: LossView,
  { stream, pause }: MeasureContext,
  index: number,
): Promise<{ rule: GaussRule; matvecs: number }> {
  const hessian = await view.reduced("hessian");
  const seed = stream.uint32At(index);
  const found = await spectralDensity({
    samples: 1,
    steps: NODES,
    seed,
    space: solversOf(hessian.space),
  })(withPauses(hessian, pause));
  const share = hessian.n / view.dimension;
  return {
    rule: {
      nodes: [...found.nodes[0]!, 0],
      weights: [...found.weights[0]!.map((weight) => share * weight), 1 - share],
    },
    matvecs: found.matvecs,
  };
}

function densityReading(
  rules: readonly GaussRule[],
  dimension: number,
  { tolerance }: MeasureContext,
): Omit<Reading, "products"> {
  const nodes = rules.flatMap((rule) => rule.nodes);
  const [least, most] = [Math.min(...nodes), Math.max(...nodes)];
  // Three widths beyond either end, so that the smoothed density fits on the grid.
  const spacing = (most - least || 1) / (POINTS - 1 - 6 * WIDTH);
  const width = WIDTH * spacing;
  const lambda = Array.from({ length: POINTS }, (_, i) => least + (i - 3 * WIDTH) * spacing);
  const peak = 1 / (width * Math.sqrt(2 * Math.PI));
  const smoothed = lambda.map((x) =>
    integral(rules, (y) => peak * Math.exp(-(((x - y) / width) ** 2) / 2)),
  );
  const square = integral(rules, (y) => dimension * y * y);
  const value = Math.sqrt(square.mean);
  const standardError = square.standardError / (2 * value);
  // Where few eigenvalues count, zᵀH²z is as skew as χ²₁, and few samples have it too small with too
  // small a spread. The root bends downwards: the interval reaches further below it than above.
  const skewed = halfWidth(square.standardError, RULES - 1) * (1 + SKEWNESS / RULES);
  const margin = value - Math.sqrt(Math.max(0, square.mean - skewed));
  return {
    value,
    standardError,
    margin,
    status: standardError <= tolerance * value ? "converged" : "budget-spent",
    parts: {
      lambda: { value: lambda },
      density: {
        value: smoothed.map(({ mean }) => mean),
        standardError: smoothed.map(({ standardError }) => standardError),
        margin: smoothed.map(({ margin }) => margin),
      },
      width: { value: width },
      mean: part(integral(rules, (y) => y)),
      negative: part(integral(rules, (y) => (y < -width ? 1 : 0))),
    },
  };
}

function integral(rules: readonly GaussRule[], f: (lambda: number) => number): MonteCarlo {
  const estimate = new MonteCarlo();
  for (const { nodes, weights } of rules) {
    estimate.add(nodes.reduce((sum, node, i) => sum + weights[i]! * f(node), 0));
  }
  return estimate;
}

const part = ({ mean, standardError, margin }: MonteCarlo): Part => ({
  value: mean,
  standardError,
  margin,
});
