import "uplot/dist/uPlot.min.css";
import "./playground.css";
import type { RunInputs, RunManifest } from "@eoss/run";
import { resolvePlateaus, settingsAt } from "@eoss/sgd";
import { Frames } from "./charts/frames.js";
import type { PlanePoints } from "./charts/plane.js";
import { onThemeChange } from "./charts/theme.js";
import { ChangesList } from "./panels/changesList.js";
import { Charts } from "./panels/charts.js";
import { DrawingTools } from "./panels/drawingTools.js";
import { FilesPanel } from "./panels/files.js";
import { LiveControls } from "./panels/liveControls.js";
import { Notice } from "./panels/notice.js";
import { PresetList } from "./panels/presetList.js";
import { Readout } from "./panels/readout.js";
import { SettingsForm } from "./panels/settingsForm.js";
import { Toolbar } from "./panels/toolbar.js";
import { ToyTable } from "./panels/toyTable.js";
import { PlaygroundSession, type Target } from "./session.js";
import { datasetOf } from "./state/dataset.js";
import { showsPlane, withLowerRate } from "./state/edits.js";
import { inputsOf } from "./state/inputs.js";
import { presets } from "./state/presets.js";
import { interventionsOf, type PlaygroundState } from "./state/state.js";
import { decodeState, encodeState } from "./state/url.js";
import { element } from "./ui/dom.js";

/**
 * Puts the playground into an element of the page.
 *
 * @returns what takes it away again
 */
export function mount(root: HTMLElement): () => void {
  const app = new App(root);
  return () => app.dispose();
}

/** Ties the parts together: what the reader does goes to the session, what comes of it is shown. */
class App {
  readonly #session: PlaygroundSession;
  readonly #frames = new Frames(() => this.#draw());
  readonly #notice = new Notice();
  readonly #presets = new PresetList((preset) =>
    this.#attempt(() => {
      this.#session.reset(preset.state);
      if (!preset.byHand) this.#session.go();
    }),
  );
  readonly #toolbar = new Toolbar({
    onGo: () => this.#attempt(() => this.#session.go()),
    onPause: () => this.#session.pause(),
    onStep: () => this.#attempt(() => this.#session.step()),
    onReset: () => this.#session.reset(),
    onFork: () => this.#session.fork(),
    onExtend: () => this.#session.extend(),
    onSpeed: (speed) => this.#session.setSpeed(speed),
  });
  readonly #live = new LiveControls((changes) => {
    this.#attempt(() => this.#session.change(changes, this.#live.target.value as Target));
  });
  readonly #form = new SettingsForm((edit) => {
    this.#attempt(() => {
      this.#session.reset({ ...edit(this.#session.state), twin: undefined });
      inputsOf(this.#session.state);
    });
  });
  readonly #changes = new ChangesList(() => {
    const { intervene: _, ...settings } = this.#session.state.settings;
    this.#session.reset({ ...this.#session.state, settings, twin: undefined });
  });
  readonly #charts = new Charts(() => this.#frames.ask());
  readonly #drawing = new DrawingTools(this.#charts.plane, (edit) => {
    this.#session.reset({ ...edit(this.#session.state), twin: undefined });
  });
  #plane: { readonly state: PlaygroundState; readonly points: PlanePoints } | undefined;
  readonly #readout = new Readout();
  readonly #toy = new ToyTable();
  readonly #files: FilesPanel;
  readonly #endThemes = onThemeChange(() => this.#charts.recolour());
  readonly #onHash = () => this.#attempt(() => this.#openLink());

  constructor(root: HTMLElement) {
    this.#session = new PlaygroundSession(
      presets[0]!.state,
      () => this.#frames.ask(),
      (state) => this.#follow(state),
    );
    this.#files = new FilesPanel(root, this.#session, (message) => this.#notice.show(message));
    root.append(
      this.#presets.node,
      element("section", { class: "bar" }, this.#toolbar.node, this.#files.node),
      this.#notice.node,
      this.#live.node,
      this.#drawing.node,
      this.#charts.node,
      this.#toy.node,
      this.#readout.node,
      this.#changes.node,
      this.#form.node,
    );
    addEventListener("hashchange", this.#onHash);
    if (this.#attempt(() => this.#openLink())) this.#follow(this.#session.state);
    // A link that was refused stays where the reader can mend it.
    else this.#fill(this.#session.state);
    this.#draw();
  }

  dispose(): void {
    removeEventListener("hashchange", this.#onHash);
    this.#endThemes();
    this.#frames.stop();
    this.#session.dispose();
    this.#charts.dispose();
  }

  /** The state of the address, if it has one and it is not the present one. */
  #openLink(): void {
    const hash = location.hash.slice(1);
    if (hash === "" || hash === encodeState(this.#session.state)) return;
    const state = decodeState(hash);
    inputsOf(state);
    this.#session.reset(state);
  }

  #startWith(state: PlaygroundState): void {
    this.#session.reset(state);
    this.#session.go();
  }

  /** Does what the reader asked for, or says why it cannot be done; gives whether it was. */
  #attempt(act: () => void): boolean {
    try {
      this.#notice.show(undefined);
      act();
      return true;
    } catch (error) {
      this.#notice.show((error as Error).message);
      return false;
    }
  }

  /** The form, the list of changes and the address follow the state. */
  #follow(state: PlaygroundState): void {
    const hash = `#${encodeState(state)}`;
    if (hash !== location.hash) history.replaceState(history.state, "", hash);
    this.#fill(state);
  }

  #fill(state: PlaygroundState): void {
    this.#form.show(state);
    this.#changes.show(interventionsOf(state), state.twin);
    this.#presets.mark(state);
    this.#drawing.show(state);
  }

  #draw(): void {
    const { state, run, twin, traces, opened } = this.#session;
    this.#charts.show({
      traces,
      views: run?.views,
      plane: opened.length === 0 && showsPlane(state) ? this.#planeOf(state) : undefined,
    });
    this.#readout.update(traces);
    this.#toy.update(run?.views?.toy);
    this.#toolbar.show(this.#session);
    this.#live.setTwin(twin !== undefined);
    this.#live.setOpened(opened.length > 0);
    this.#showLiveSettings();
    this.#files.show();
    this.#showNotes();
  }

  /** The points of a state, made once. */
  #planeOf(state: PlaygroundState): PlanePoints {
    if (this.#plane?.state !== state) this.#plane = { state, points: planeOf(state) };
    return this.#plane.points;
  }

  /** What holds at the step that the run is at. */
  #showLiveSettings(): void {
    const { state, run, twin } = this.#session;
    const chosen = this.#live.target.value === "twin" ? twin : run;
    // What the reader chose stays as it is until the run has taken it up or refused it.
    if (chosen?.changing) return;
    try {
      const { plan, dataset } = chosen?.manifest ? inForce(chosen.manifest) : inputsOf(state);
      // A change may hold from the next step on.
      this.#live.show(settingsAt(plan, chosen ? chosen.step + 1 : 0), dataset.samples);
    } catch {
      // Said when the run is to begin.
    }
  }

  #showNotes(): void {
    const { run, twin, state } = this.#session;
    const noted = [run, twin].find((one) => one?.note !== undefined);
    if (noted === undefined) return;
    const end = noted.manifest?.end;
    const seen = noted.manifest?.plateaus.map(({ step }) => step);
    const who = noted === twin ? "The twin: " : "";
    const restart = () =>
      this.#attempt(() => this.#startWith(withLowerRate(state, end!.step, seen)));
    const actions: Record<string, () => void> = {};
    if (end?.reason === "diverged" && noted === run) actions["Halve η and restart"] = restart;
    this.#notice.show(`${who}${noted.note}`, actions);
  }
}

/** The plan of a run with the plateaus seen so far, and the size of its data. */
function inForce({ plan, plateaus, dataset }: RunManifest): Pick<RunInputs, "plan"> & {
  readonly dataset: { readonly samples: number };
} {
  const seen = plateaus.map(({ step }) => step);
  return { plan: resolvePlateaus(plan, seen), dataset };
}

function planeOf(state: PlaygroundState): PlanePoints {
  try {
    return datasetOf(state);
  } catch {
    // Not enough drawn yet to train on; what there is is shown.
    return {
      images: Float32Array.from(state.points.flatMap(({ x, y }) => [x, y])),
      labels: Uint8Array.from(state.points, ({ label }) => label),
    };
  }
}
