import { type ComparedWith, errorOf } from "@eoss/lab/internal";
import { type MetricRecord, type OpenedRun, thresholdText } from "@eoss/run";
import { namedNumbers, type PartNumber } from "@eoss/run/internal";
import { histogramOf } from "../histogram.js";
import { tagOf } from "../tagOf.js";
import type { Scalar, StepValues } from "./events.js";

/**
 * The records of a step as TensorBoard has them: every quantity under its name, and its error under
 * `NAME/error`, what it is compared with under `NAME/threshold`, whose description is the formula or says
 * why there is none. Further numbers stand under `NAME/PART`, or `NAME/PART/1` … if they are a short list;
 * a spectral density is a histogram of the eigenvalues under `NAME`. They are 32-bit floats; what was not
 * finite is NaN.
 */
export function valuesOf(records: readonly MetricRecord[], run: OpenedRun): StepValues {
  return {
    scalars: records.flatMap((record) => scalarsOf(record, run.comparison(record, record.step))),
    histograms: records.flatMap((record) => {
      const histogram = histogramOf(record, run);
      return histogram === undefined ? [] : [{ tag: tagOf(record.quantity), ...histogram }];
    }),
  };
}

function scalarsOf(record: MetricRecord, comparison: ComparedWith): Scalar[] {
  const { value } = record;
  const quantity = tagOf(record.quantity);
  const error = errorOf(record);
  return [
    { tag: quantity, value: value ?? Number.NaN },
    ...(error === null ? [] : [{ tag: `${quantity}/error`, value: error }]),
    ...thresholdsOf(quantity, comparison),
    ...namedNumbers(record).flatMap(({ name, ...number }) =>
      partScalars(`${quantity}/${name}`, number),
    ),
  ];
}

function partScalars(tag: string, number: PartNumber): Scalar[] {
  const error = errorOf(number);
  return [
    { tag, value: number.value },
    ...(error === null ? [] : [{ tag: `${tag}/error`, value: error }]),
  ];
}

/** A threshold that there is not is NaN, as what is not finite. */
function thresholdsOf(quantity: string, comparison: ComparedWith): Scalar[] {
  const { matrix, value, formula, second } = comparison;
  if (matrix === "none") return [];
  const description = formula ?? thresholdText(comparison);
  return [
    { tag: `${quantity}/threshold`, value, description },
    ...(second
      ? [
          {
            tag: `${quantity}/small_batch_threshold`,
            value: second.value,
            description: second.formula,
          },
        ]
      : []),
  ];
}
