/**
 * What of a run needs neither files nor threads nor Node.
 *
 * @deprecated It is `@eoss/run`, and of figures `@eoss/report`. This entry goes with the next version.
 */

export { DARK, evenLabels, LIGHT, type Palette, readableSpan } from "@eoss/report";
export * from "@eoss/run";
