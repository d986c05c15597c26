import type { Position } from "@eoss/run";
import type { BatchReading, Certify } from "@eoss/sharpness";
import type { SentError } from "../processes/sentError.js";
import type { SharedInputs } from "../run/open.js";

/** What a measuring thread is made with. */
export interface WorkerSetup {
  readonly inputs: SharedInputs;
  /** [1]: the number of a job that is no longer wanted. */
  readonly unwanted: Int32Array;
}

/** Look at a batch. */
export interface ReadJob {
  readonly kind: "read";
  readonly index: number;
  readonly quantities: readonly string[];
  /** b, if it is a batch of a static curve; else it is one of the run's. */
  readonly batchSize?: number;
  /** Which top eigenvalues are certified. */
  readonly certify: Certify;
}

/** Multiply the Hessian of the loss of some samples by a vector. */
export interface MultiplyJob {
  readonly kind: "multiply";
  readonly indices: Int32Array;
  /** [d], shared. */
  readonly x: Float32Array;
}

/** To a thread. It gets no other job before it has answered. */
export interface JobMessage {
  /** From 1 up. */
  readonly number: number;
  /** Where the training stands, if that has changed since the last job. */
  readonly position?: Position;
  readonly job: ReadJob | MultiplyJob;
}

/** From a thread: readings or a product, or why there are none. */
export type AnswerMessage =
  | { readonly result: readonly BatchReading[] | Float32Array }
  | { readonly error: SentError };
