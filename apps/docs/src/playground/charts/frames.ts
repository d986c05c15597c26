/** Draws at most once a frame, however often it is asked to, and not while the page is hidden. */
export class Frames {
  #asked = false;
  #stopped = false;

  constructor(readonly draw: () => void) {}

  ask(): void {
    if (this.#asked || this.#stopped) return;
    this.#asked = true;
    requestAnimationFrame(() => {
      this.#asked = false;
      if (!this.#stopped) this.draw();
    });
  }

  stop(): void {
    this.#stopped = true;
  }
}
