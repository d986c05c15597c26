// A loss in another process, as a problem that offers views.
import type { Problem, ViewOptions } from "@eoss/sharpness/core";
import type { Channel } from "./channel.js";
import type { Precision, RemoteSpace, RemoteVector } from "./remoteSpace.js";
import { RemoteView } from "./remoteView.js";

/** What the other side says of its loss. What is optional is needed by some quantities only. */
export interface ProblemDescription {
  /** Its name in commands. */
  readonly problem: number;
  /** n. */
  readonly samples: number;
  /** b. */
  readonly batchSize: number;
  /** d. */
  readonly dimension: number;
  readonly precision: Precision;
  /** Vectors that a search may keep at once, besides some six; default as many as it wants. */
  readonly basisSize?: number;
  /** Whether the loss of a sample depends on the others of its batch. */
  readonly coupled: boolean;
  /** Whether products with the Hessian are differences of gradients; the command `product-error` bounds them. */
  readonly differences?: boolean;
  /** Parameter tensors in their order. */
  readonly layers: readonly { readonly name: string; readonly size: number }[];
  readonly heldOut?: number;
  readonly stepBatch?: readonly number[];
  readonly update?: {
    readonly learningRate: number;
    readonly rule?: { readonly threshold: number; readonly decay: number };
    readonly preconditioner: "identity" | "not yet" | "diagonal";
  };
  /** Why there are no outputs, no θ₀, no update rule; absent where there are. */
  readonly lacks: Readonly<Partial<Record<"outputs" | "initial-params" | "update", string>>>;
}

const NO_SHAPES = "the protocol does not say them";

/** The problem that a description is of. */
export function remoteProblem(
  channel: Channel,
  space: RemoteSpace,
  description: ProblemDescription,
): Problem<RemoteVector> {
  const { samples, batchSize, coupled, heldOut, stepBatch, update, lacks } = description;
  let views = 0;
  return {
    samples,
    batchSize,
    coupled,
    ...(heldOut !== undefined && { heldOut: { samples: heldOut } }),
    ...(stepBatch && { stepBatch: Int32Array.from(stepBatch) }),
    ...(update && { update }),
    lacks: (need) => (need === "shapes" ? NO_SHAPES : lacks[need]),
    view(indices: Int32Array, { set }: ViewOptions) {
      const id = ++views;
      channel.later("open", [description.problem, id], set, indices);
      return new RemoteView(
        channel,
        space,
        description,
        indices.length,
        [description.problem, id],
        {
          next: () => ++views,
        },
      );
    },
  };
}
