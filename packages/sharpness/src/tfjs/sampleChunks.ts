// The samples of a view in parts that fit into memory, as functions of the parameters.
import type {
  Likelihood,
  LossChunk,
  LossHead,
  OutputChunk,
  ParameterTree,
  SampleSet,
} from "@eoss/hvp";
import { indexChunks } from "@eoss/hvp/internal";
import { CURVATURE_KINDS, type IndexChunk, type ViewOptions } from "../loss/engine.js";
import type { TfjsProblem } from "./problem.js";

export class SampleChunks {
  #indexChunks?: readonly IndexChunk[];
  #outputChunks?: readonly OutputChunk<ParameterTree>[];

  constructor(
    readonly problem: TfjsProblem,
    readonly set: SampleSet,
    readonly indices: Int32Array,
  ) {}

  indexChunks(): readonly IndexChunk[] {
    return (this.#indexChunks ??= indexChunks(this.problem, this.set, this.indices));
  }

  losses(): LossChunk<ParameterTree>[] {
    return this.indexChunks().map(({ indices, weight }) => ({
      loss: this.set.lossOf(indices),
      weight,
    }));
  }

  /** @throws TypeError if the problem does not say what its samples give */
  outputs(): readonly OutputChunk<ParameterTree>[] {
    const { outputsOf, targetsOf } = this.set;
    if (outputsOf === undefined || targetsOf === undefined) {
      throw new TypeError("the problem does not say what outputs and targets its samples have");
    }
    this.#outputChunks ??= this.indexChunks().map(({ indices, weight }) => ({
      outputs: outputsOf.call(this.set, indices),
      targets: targetsOf.call(this.set, indices),
      weight,
    }));
    return this.#outputChunks;
  }

  /** @throws TypeError if the problem does not say it */
  head(): LossHead | Likelihood {
    const { head } = this.problem;
    if (head === undefined) throw new TypeError("the problem does not say which loss head it has");
    return head;
  }

  dispose(): void {
    for (const { targets } of this.#outputChunks ?? []) targets.dispose();
    this.#outputChunks = undefined;
  }
}

/** @throws RangeError for what is no kind of matrix: it must not be taken for another one */
export function checkKind(kind: string): void {
  if ((CURVATURE_KINDS as readonly string[]).includes(kind)) return;
  throw new RangeError(`there is no matrix "${kind}"; allowed: ${CURVATURE_KINDS.join(", ")}`);
}

/** What operators take of the options of a view. */
export function onChunkOf({ onChunk }: Pick<ViewOptions, "onChunk">) {
  return onChunk && { onChunk };
}
