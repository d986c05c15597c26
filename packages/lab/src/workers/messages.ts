import type { BatchReading } from "@eoss/sharpness";
import type { SharedTask } from "../run/open.js";
import type { Position } from "../run/trainer.js";

/** What a measuring thread is made with. */
export interface WorkerSetup {
  readonly task: SharedTask;
  /** [1]: the number of a reading that is no longer wanted. */
  readonly unwanted: Int32Array;
}

/** To a thread: look at a batch. It gets no other before it has answered. */
export interface ReadMessage {
  /** From 1 up. */
  readonly number: number;
  /** Where the training stands, if that has changed since the thread was last asked. */
  readonly position?: Position;
  readonly index: number;
  readonly quantities: readonly string[];
}

/** From a thread: what it read, or why it could not. */
export type AnswerMessage =
  | { readonly readings: readonly BatchReading[] }
  | { readonly error: unknown };
