/** What is said of a collapsed network wherever its numbers are shown. */
export const collapseText = (step: number) =>
  `Collapsed: from step ${step.toLocaleString("en-US")} on the network gives the same output for every sample, and to first ` +
  "order no step changes that (its units are dead or saturated). Its curvature is that of the parameters behind them; if it " +
  "is level, this is not the edge of stability.";
