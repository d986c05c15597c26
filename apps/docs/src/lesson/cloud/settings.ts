import { digitsRun } from "../training/digits.js";

/** Batch sizes whose Hessians are looked at, beside that of all samples. */
export const BATCH_SIZES = [1, 4, 16, 64] as const;

/** The network whose batches are looked at: trained with all samples. */
export const trained = digitsRun({ batch: "full", measure: ["fullbs"] });
