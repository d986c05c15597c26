/** The plane that is shown reaches a little beyond the data. */
export const REACH = 1.2;

/** What the network says of the plane, on a grid of [−1.2, 1.2]², row by row from the top. */
export interface Decision {
  readonly step: number;
  readonly side: number;
  /** f₁ − f₀ in each cell: the decision is its sign. */
  readonly difference: Float32Array;
}
