import { chosenFiles, droppedFiles } from "../run/dropped.js";
import { type FileContents, runsIn, zipRuns } from "../run/folder.js";
import type { PlaygroundSession } from "../session.js";
import { button, element } from "../ui/dom.js";

/** Links, export and opening: how a run leaves the page and comes back. */
export class FilesPanel {
  readonly node: HTMLElement;
  readonly #export: HTMLButtonElement;

  constructor(
    root: HTMLElement,
    readonly session: PlaygroundSession,
    readonly say: (message: string | undefined) => void,
  ) {
    const link = button("Copy link", () => void this.#copy(link));
    this.#export = button("Export", () => this.#save());
    this.#export.title = "the run folder as a zip archive, as written by eoss train";
    const input = element("input", {
      type: "file",
      multiple: true,
      accept: ".zip,.json,.jsonl",
      class: "visually-hidden",
      onchange: () => void this.#open(chosenFiles(input.files ?? [])),
    });
    input.setAttribute("aria-label", "run.json and metrics.jsonl, or a zip archive");
    const open = element("label", { class: "button" }, "Open a run", input);
    this.node = element("div", { class: "files" }, link, this.#export, open);
    root.addEventListener("dragover", (event) => {
      event.preventDefault();
      root.classList.add("dropping");
    });
    root.addEventListener("dragleave", () => root.classList.remove("dropping"));
    root.addEventListener("drop", (event) => {
      event.preventDefault();
      root.classList.remove("dropping");
      if (event.dataTransfer) void this.#open(droppedFiles(event.dataTransfer.items));
    });
  }

  show(): void {
    this.#export.disabled = this.session.run?.manifest === undefined;
  }

  async #open(files: Promise<FileContents>): Promise<void> {
    try {
      this.session.open(runsIn(await files));
      this.say(undefined);
    } catch (error) {
      this.say((error as Error).message);
    }
  }

  async #copy(link: HTMLButtonElement): Promise<void> {
    try {
      await navigator.clipboard.writeText(location.href);
      link.textContent = "Copied";
    } catch {
      link.textContent = "Copy it from the address bar";
    }
    setTimeout(() => {
      link.textContent = "Copy link";
    }, 2500);
  }

  #save(): void {
    const archive = zipRuns(this.session.folders());
    const url = URL.createObjectURL(new Blob([archive as BlobPart], { type: "application/zip" }));
    element("a", { href: url, download: "eoss-run.zip" }).click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  }
}
