import {
  blockLanczos,
  csrFromEntries,
  csrOperator,
  denseOperator,
  eigenvaluesAbove,
  lanczos,
  lobpcg,
  type SyncOperator,
  scaled,
  symmetricEigen,
} from "@eoss/eigen";
import { describe, expect, it } from "vitest";
import { trueResidual } from "./matrices.fixture.js";
import characters from "./testdata/les-miserables.json";
import counties from "./testdata/us-counties.json";

/** Real graphs out of published packages; see data/convert.py for where they come from. */
interface Graph {
  readonly n: number;
  readonly edges: number;
  /** Eigenvalues by SciPy, descending. */
  readonly adjacency: Ends;
  readonly laplacian: Ends;
  /** Each edge once: neighbours[i] holds the j > i. */
  readonly neighbours: readonly number[][];
  readonly weights?: readonly number[][];
}

interface Ends {
  readonly largest: readonly number[];
  readonly smallest: readonly number[];
}

const graphs: [string, Graph][] = [
  ["Les Misérables", characters],
  ["US counties", counties],
];

type Entry = [row: number, column: number, value: number];

function edgesOf({ neighbours, weights }: Graph): Entry[] {
  return neighbours.flatMap((list, i) =>
    list.map((j, index): Entry => [i, j, weights?.[i]?.[index] ?? 1]),
  );
}

function entriesOf(graph: Graph, kind: "adjacency" | "laplacian"): Entry[] {
  const edges = edgesOf(graph);
  if (kind === "adjacency") return edges;
  return edges.flatMap(([i, j, w]): Entry[] => [
    [i, j, -w],
    [i, i, w],
    [j, j, w],
  ]);
}

function operatorOf(graph: Graph, kind: "adjacency" | "laplacian"): SyncOperator {
  return csrOperator(csrFromEntries(graph.n, entriesOf(graph, kind)));
}

/** The leading m × m block, as rows. */
function denseBlock(operator: SyncOperator, m: number): Float64Array[] {
  return Array.from({ length: m }, (_, i) => {
    const unit = new Float64Array(operator.n);
    const row = new Float64Array(operator.n);
    unit[i] = 1;
    operator.apply(unit, row);
    return row.slice(0, m);
  });
}

describe.each(graphs)("%s", (_, graph) => {
  it("has as many edges as its source", () => {
    expect(edgesOf(graph).length).toBe(graph.edges);
  });

  describe.each(["adjacency", "laplacian"] as const)("%s", (kind) => {
    const operator = operatorOf(graph, kind);
    const { largest, smallest } = graph[kind];
    // What SciPy's dense solver may be off by.
    const rounding = 1e-14 * graph.n * Math.max(largest[0]!, -smallest.at(-1)!);

    // An eigenvalue 0 has no relative accuracy.
    const atol = 1e-12 * largest[0]!;

    // The smallest Laplacian eigenvalue of the counties is 0 many times over: a test of its own.
    const ends = (["largest", "smallest"] as const).filter(
      (which) => !(which === "smallest" && kind === "laplacian" && graph === counties),
    );
    it.each(ends)("lanczos finds the %s eigenvalues of SciPy", (which) => {
      const result = lanczos({ k: 6, which, rtol: 1e-10, atol })(operator);
      expect(result.status).toBe("converged");
      for (const [i, value] of graph[kind][which].entries()) {
        expect(Math.abs(result.values[i]! - value)).toBeLessThanOrEqual(
          result.errorBounds[i]! + rounding,
        );
        expect(trueResidual(operator, result.values[i]!, result.vectors[i]!)).toBeLessThanOrEqual(
          result.residuals[i]! + rounding,
        );
      }
    });

    it("blockLanczos and lobpcg agree", () => {
      for (const solver of [blockLanczos, lobpcg]) {
        const result = solver({ k: 3, rtol: 1e-6 })(operator);
        expect(result.status).toBe("converged");
        for (const [i, value] of largest.slice(0, 3).entries()) {
          expect(Math.abs(result.values[i]! - value)).toBeLessThanOrEqual(
            result.errorBounds[i]! + rounding,
          );
        }
      }
    });

    it("symmetricEigen of the dense matrix, or of its leading block, agrees", () => {
      const m = Math.min(graph.n, 250);
      const rows = denseBlock(operator, m);
      const { values } = symmetricEigen(rows);
      if (m === graph.n) {
        for (const [i, value] of largest.entries()) {
          expect(Math.abs(values[i]! - value)).toBeLessThanOrEqual(rounding);
        }
        for (const [i, value] of smallest.entries()) {
          expect(Math.abs(values[m - 6 + i]! - value)).toBeLessThanOrEqual(rounding);
        }
      }
      const result = lanczos({ k: 4, rtol: 1e-10 })(denseOperator(rows));
      for (const [i, value] of values.subarray(0, 4).entries()) {
        expect(Math.abs(result.values[i]! - value)).toBeLessThanOrEqual(
          result.errorBounds[i]! + rounding,
        );
      }
    });
  });
});

// Thousands of products, each made orthogonal to all before it.
describe.runIf(process.env.EOSS_FULL || process.env.EOSS_LONG)("US counties", () => {
  it("fall into 21 components: so many Laplacian eigenvalues are 0", () => {
    const mirrored = scaled(operatorOf(counties, "laplacian"), -1);
    const find = eigenvaluesAbove({ threshold: -1e-3, atol: 1e-10, maxMatvecs: 50_000 });
    const { status, values } = find(mirrored);
    expect(status).toBe("converged");
    expect(values.length).toBe(counties.components);
    expect(Math.max(...values.map(Math.abs))).toBeLessThan(1e-10);
  });
});
