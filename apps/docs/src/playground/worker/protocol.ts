import type { MetricRecord, RunManifest } from "@eoss/run";
import type { Changes } from "../state/changes.js";
import type { PlaygroundState } from "../state/state.js";
import type { Snapshot } from "./engine.js";
import type { Decision } from "./plane.js";
import type { LossSlice, ToyWeights } from "./views.js";

/** What the page tells a run's worker. */
export type Request =
  | {
      readonly type: "start";
      readonly state: PlaygroundState;
      /** Of a twin: where it leaves the first run. */
      readonly start?: Snapshot | undefined;
      /** Step of which a snapshot is wanted, for a twin. */
      readonly forkAt?: number | undefined;
    }
  | { readonly type: "run" }
  | { readonly type: "pause" }
  /** So many updates, by default one, and what is measured after the last of them. */
  | { readonly type: "step"; readonly count?: number }
  | { readonly type: "fork" }
  /** The step beyond which it waits, so that it keeps pace with another run; null: none. */
  | { readonly type: "limit"; readonly step: number | null }
  /** Steps a second at most; null: as many as can be made. */
  | { readonly type: "speed"; readonly stepsPerSecond: number | null }
  | { readonly type: "change"; readonly changes: Changes }
  | { readonly type: "extend"; readonly steps: number };

/** What a run's worker tells the page. */
export type Report =
  | { readonly type: "started"; readonly manifest: RunManifest }
  /** New records in their order; sent some twenty times a second. */
  | { readonly type: "progress"; readonly step: number; readonly records: readonly MetricRecord[] }
  /** After a measurement: pictures of the moment. */
  | {
      readonly type: "views";
      readonly slice?: LossSlice | undefined;
      readonly decision?: Decision | undefined;
      readonly toy?: ToyWeights | undefined;
    }
  /** The run has other settings from a step on; `manifest` is as if it had begun with them. */
  | { readonly type: "changed"; readonly state: PlaygroundState; readonly manifest: RunManifest }
  /** A change that does not fit; the run goes on as it was. */
  | { readonly type: "refused"; readonly message: string }
  /** What the run found out about itself, in words; `manifest` has it too. */
  | { readonly type: "noted"; readonly message: string; readonly manifest: RunManifest }
  | { readonly type: "forking"; readonly at: number }
  | { readonly type: "snapshot"; readonly snapshot: Snapshot }
  | { readonly type: "paused" }
  | { readonly type: "ended"; readonly end: NonNullable<RunManifest["end"]> }
  | { readonly type: "failed"; readonly message: string; readonly backend: string };
