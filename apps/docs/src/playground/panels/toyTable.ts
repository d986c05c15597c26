import { element, short } from "../ui/dom.js";
import type { ToyWeights } from "../worker/views.js";

const INDEX = ["₁", "₂"];

/** The toy model of appendix F: its weights, and the sharpness that follows from them by hand. */
export class ToyTable {
  readonly node = element("div", { class: "toy", hidden: true });

  update(toy: ToyWeights | undefined): void {
    this.node.hidden = toy === undefined;
    if (toy === undefined) return;
    const rows = toy.a.map((a, k) => {
      const b = toy.b[k]!;
      const lambda = `λ${INDEX[k]} = a² + b² + √((a² − b²)² + 4(2ab − 1)²) = ${short(toy.lambda[k]!)}`;
      return element(
        "li",
        {},
        `a${INDEX[k]} = ${short(a)}, b${INDEX[k]} = ${short(b)}, a·b = ${short(a * b)}; ${lambda}`,
      );
    });
    this.node.replaceChildren(
      element("h3", { textContent: `By hand, at step ${toy.step}` }),
      element("ul", {}, ...rows),
      element("p", {
        textContent: `FullBS = ½·max(λ₁, λ₂) = ${short(toy.fullBS)} · MiniBS of single samples = ½·(λ₁ + λ₂) = ${short(toy.miniBS)}`,
      }),
    );
  }
}
