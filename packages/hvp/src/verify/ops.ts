/** Which op of a loss is at fault. */

import { stream } from "@eoss/rng";
import {
  add,
  dispose,
  engine,
  matMul,
  mul,
  type NamedTensorMap,
  reshape,
  sum,
  type Tensor,
  tensor,
  tidy,
} from "@tensorflow/tfjs-core";
import type { ParameterTree } from "../parameters/parameters.js";
import { norm } from "../parameters/vectors.js";
import { checkDerivatives } from "./derivatives.js";
import type { Differentiator, Loss } from "./differentiator.js";
import { type OpReport, worst, worstVerdict } from "./report.js";
import { type OpCall, traceOps } from "./trace.js";

/** What is made of an op's outputs: their sum, a weighted sum, or that and their squares. */
type Probe = "sum" | "weighted" | "full";

/** The kernels of which probes are made are checked first, with fewer; then all. */
const ROUNDS: ReadonlyArray<{ kernels?: readonly string[]; probe: Probe }> = [
  { kernels: ["Sum"], probe: "sum" },
  { kernels: ["BatchMatMul", "Reshape"], probe: "sum" },
  { kernels: ["Sum", "Multiply", "Add"], probe: "weighted" },
  { probe: "full" },
];

/**
 * Checks every op of a loss alone, at the inputs that it has in the loss.
 *
 * Inputs are moved a little, off ties and kinks. Each kind of call is checked once; ops that the
 * differentiator refuses are left out: they are not silently wrong.
 *
 * @returns reports, and the names of the ops that are wrong
 */
export function checkOps(
  loss: Loss,
  params: ParameterTree,
  differentiator: Differentiator,
  seed: number,
): { ops: OpReport[]; culprits: string[] } {
  const trace = traceOps(loss, params, differentiator);
  const ops: OpReport[] = [];
  const wrong: WrongOp[] = [];
  for (const { kernels, probe } of ROUNDS) {
    // What others are probed with is wrong: no verdict on them counts.
    if (wrong.length > 0) break;
    for (const call of trace.calls) {
      if (kernels && !kernels.includes(call.kernelName)) continue;
      const checked = checkOp(call, differentiator, seed, probe);
      if (checked === undefined) continue;
      // Beyond doubt: at other inputs as well.
      const again = checked.wrong && checkOp(call, differentiator, seed + 1, probe);
      const innocent = checked.wrong && again && !again.wrong ? again : undefined;
      if (!kernels || checked.wrong) ops.push((innocent ?? checked).report);
      if (checked.wrong && !innocent) wrong.push(checked.wrong);
    }
  }
  trace.dispose();
  return { ops, culprits: [...new Set(blame(wrong, trace.customGradients))] };
}

interface WrongOp {
  readonly call: OpCall;
  /** Kernels that its gradient calls. */
  readonly uses: ReadonlySet<string>;
}

/** The simplest explanation for what is wrong. */
function blame(wrong: readonly WrongOp[], customGradients: ReadonlySet<string>): string[] {
  const names = new Set(wrong.map(({ call }) => call.kernelName));
  // An op whose gradient calls another wrong op is wrong because of that one.
  const own = wrong.filter(({ call, uses }) =>
    [...uses].every((name) => name === call.kernelName || !names.has(name)),
  );
  const calls = (own.length > 0 ? own : wrong).map(({ call }) => call);
  const named = ({ kernelName, inside }: OpCall) =>
    inside === undefined ? kernelName : `${kernelName} in ${inside}`;
  const plain = calls.filter(({ inside }) => inside === undefined);
  const ofLoss = plain.filter(({ phase }) => phase === "loss");
  if (ofLoss.length > 0) return ofLoss.map(named);
  const custom = [...customGradients].map((op) => `custom gradient of ${op}`);
  if (custom.length + plain.length > 0) return [...custom, ...plain.map(named)];
  return calls.map(named);
}

function checkOp(
  call: OpCall,
  differentiator: Differentiator,
  seed: number,
  probe: Probe,
): { report: OpReport; wrong: WrongOp | undefined } | undefined {
  const { kernelName, inputs, list, active, attrs } = call;
  const point: Record<string, Tensor> = {};
  for (const [index, name] of active.entries()) point[name] = jittered(inputs[name]!, seed, index);
  const op = (p: ParameterTree): Tensor[] => {
    const all = { ...inputs, ...p };
    const given = (list ? Object.values(all) : all) as NamedTensorMap;
    return [engine().runKernel(kernelName, given, attrs as never)].flat();
  };
  let weights: Tensor[] = [];
  try {
    weights = probeWeights(op, point, seed);
    // An op that counts as constant, and is not, has the derivative zero, not none.
    const nothing = (p: ParameterTree) => (Object.values(p) as Tensor[]).map((x) => sum(mul(x, 0)));
    const loss: Loss = (p) => {
      if (probe === "sum") return sum(op(p)[0]!);
      if (probe === "weighted") return weightedSum(op(p)[0]!, weights[0]!);
      return [
        ...op(p).map((y, k) => sum(mul(weights[k]!, add(y, mul(y, y))))),
        ...nothing(p),
      ].reduce((total, part) => add(total, part));
    };
    const checked = checkDerivatives(loss, point, differentiator, { directions: 1, seed });
    const report: OpReport = {
      op: kernelName,
      gradient: worst(checked.gradient),
      hessian: worst(checked.hessian),
    };
    const verdict = worstVerdict([report.gradient.verdict, report.hessian.verdict]);
    if (verdict !== "disagrees") return { report, wrong: undefined };
    const trace = traceOps(loss, point, differentiator);
    trace.dispose();
    return { report, wrong: { call, uses: new Set(trace.calls.map((used) => used.kernelName)) } };
  } catch {
    // Refused by the differentiator.
    return undefined;
  } finally {
    dispose(point);
    dispose(weights);
  }
}

/** cᵀ·y, by neither Sum nor Multiply. */
function weightedSum(y: Tensor, c: Tensor): Tensor {
  return reshape(matMul(reshape(c, [1, c.size]), reshape(y, [y.size, 1])), []);
}

/**
 * Random c of either sign, of a size that makes both parts of L = Σ_k c_k y_k + c_k y_k² count: the
 * linear one shows the op's second derivative, the square also its first.
 */
function probeWeights(
  op: (p: ParameterTree) => Tensor[],
  point: ParameterTree,
  seed: number,
): Tensor[] {
  return tidy(() =>
    op(point).map((y, index) => {
      const c = stream(seed, "verify op outputs").fork(index).normals(y.size);
      const values = y.dataSync();
      const size = norm(values) / Math.sqrt(y.size) || 1;
      return tensor(
        c.map((x) => (x + Math.sign(x)) / (size + size ** 2)),
        y.shape,
      );
    }),
  );
}

/** Moved by 10 % and, towards larger values, by 5 % of the typical entry: positive stays positive. */
function jittered(x: Tensor, seed: number, index: number): Tensor {
  const random = stream(seed, "verify op inputs").fork(index);
  const values = x.dataSync();
  const size = norm(values) / Math.sqrt(x.size) || 1;
  return tensor(
    Float32Array.from(
      values,
      (value, i) =>
        value * (1 + 0.1 * random.normalAt(2 * i)) +
        0.05 * size * Math.abs(random.normalAt(2 * i + 1)),
    ),
    x.shape,
    "float32",
  );
}
