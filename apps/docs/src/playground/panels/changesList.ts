import { button, element } from "../ui/dom.js";

/** The changes that belong to a run, as a reader put them or a link brought them. */
export class ChangesList {
  readonly node = element("div", { class: "changes" });
  #shown = "";

  /** @param forget begins a new run without them */
  constructor(readonly forget: () => void) {}

  show(
    run: readonly string[],
    twin: { at: number; intervene: readonly string[] } | undefined,
  ): void {
    const texts = [
      ...run.map((words) => sentence(words)),
      ...(twin ? [`the twin branches off at step ${twin.at}`] : []),
      ...(twin?.intervene ?? []).map((words) => `twin: ${sentence(words)}`),
    ];
    const shown = texts.join("\n");
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.node.replaceChildren(
      ...(texts.length === 0
        ? []
        : [
            element("h3", { textContent: "Changes in this run" }),
            element("ul", {}, ...texts.map((text) => element("li", { textContent: text }))),
            button("Restart without them", this.forget),
          ]),
    );
  }
}

/** "at step 300: lr=0.4", "at a plateau: lr=0.4" */
function sentence(words: string): string {
  return words.replace(/^at=(\d+) /, "at step $1: ").replace(/^at=plateau /, "at a plateau: ");
}
