/** What float64 eigensolvers leave uncertain of the truth, relative. */
const OF_TRUTH = 1e-10;

/**
 * Each measured number beside the truth. Where the truth is that there is no number, the measurement has to
 * say so. A truth may be a pair, the ends between which a number lies that is not unique: both have to be
 * inside. What has no truth, such as a third derivative across kinks, is left out.
 */
export function compare(regime, measured, truths) {
  return measured.flatMap(({ step, values }, index) =>
    Object.entries(values).flatMap(([quantity, { value, error, status }]) => {
      const truth = truths[index][quantity];
      if (truth === undefined && status !== "not-finite") return [];
      const ends = [truth ?? null].flat();
      const inside = ends.every((end) =>
        end === null
          ? status === "not-finite"
          : Math.abs(value - end) <= error + OF_TRUTH * Math.abs(end),
      );
      return [{ regime, step, quantity, value, error, truth, inside, status }];
    }),
  );
}
