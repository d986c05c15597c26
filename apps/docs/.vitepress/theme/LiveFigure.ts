import { withBase } from "vitepress";
import { defineComponent, h, onBeforeUnmount, ref } from "vue";

/** The place of a live run in a page. What it needs is loaded when the reader asks for it. */
export default defineComponent({
  name: "LiveFigure",
  setup() {
    const root = ref<HTMLElement>();
    const problem = ref("");
    const loading = ref(false);
    let unmount: (() => void) | undefined;
    let gone = false;

    async function begin() {
      loading.value = true;
      try {
        const { mount } = await import("../../src/live/liveFigure.js");
        if (!gone && root.value) unmount = mount(root.value, withBase("/playground.html"));
      } catch (error) {
        problem.value = `The run did not load: ${(error as Error).message}`;
        loading.value = false;
      }
    }

    onBeforeUnmount(() => {
      gone = true;
      unmount?.();
    });
    return () =>
      h("div", { class: "live-figure" }, [
        h("div", { ref: root }, [
          h("div", { class: "waiting" }, [
            h("button", { type: "button", disabled: loading.value, onClick: begin }, [
              loading.value ? "Loading …" : "Train it here",
            ]),
            h(
              "p",
              problem.value ||
                "A network of 3,562 parameters, about 1 MB to load, in a worker of this page.",
            ),
          ]),
        ]),
      ]);
  },
});
