/** What float64 eigensolvers leave uncertain of the truth, relative. */
const OF_TRUTH = 1e-10;
/** Give no number where their own error bounds leave none, though there is a truth. */
const ABSTAIN = ["stochastic-gap", "central-flow-amplitude"];

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
      if (status === "not-finite" && ABSTAIN.includes(quantity)) return [];
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
