/**
 * How far cos²φ may be off if each of some directions it is about may be: the larger change of it as φ
 * moves by δ = Σ arcsin(sine) either way. Near 0 and 1, where cos² is flat, it is of the order δ².
 *
 * @param sines of the angles by which the directions may be off, at most
 */
export function squaredCosineError(square: number, ...sines: readonly number[]): number {
  const angle = Math.acos(Math.sqrt(Math.min(1, Math.max(0, square))));
  const off = sines.reduce((sum, sine) => sum + Math.asin(Math.min(1, sine)), 0);
  const squareAt = (phi: number) => Math.cos(Math.min(Math.PI / 2, Math.max(0, phi))) ** 2;
  return Math.max(squareAt(angle - off) - square, square - squareAt(angle + off));
}
