import { defineComponent, h, onBeforeUnmount, onMounted, ref } from "vue";

/** The place of the playground in a page. What it needs is loaded once the page is there. */
export default defineComponent({
  name: "LivePlayground",
  setup() {
    const root = ref<HTMLElement>();
    let unmount: (() => void) | undefined;
    let gone = false;
    onMounted(async () => {
      // The server renders the empty place only.
      if (import.meta.env.SSR) return;
      const { mount } = await import("../../src/playground/app.js");
      if (!gone && root.value) unmount = mount(root.value);
    });
    onBeforeUnmount(() => {
      gone = true;
      unmount?.();
    });
    return () => h("div", { ref: root, class: "playground" });
  },
});
