import { withBase } from "vitepress";
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
      void keepForOffline();
    });
    onBeforeUnmount(() => {
      gone = true;
      unmount?.();
    });
    return () => h("div", { ref: root, class: "playground" });
  },
});

/**
 * Lets the browser keep what the page needs once it has nothing else to load, so that it works without a network
 * from then on. Not for those who ask for little data, nor where the browser has no service workers.
 */
async function keepForOffline(): Promise<void> {
  const { connection } = navigator as { connection?: { saveData?: boolean } };
  if (import.meta.env.DEV || !("serviceWorker" in navigator) || connection?.saveData) return;
  if (document.readyState !== "complete") {
    await new Promise((resolve) => addEventListener("load", resolve, { once: true }));
  }
  try {
    await navigator.serviceWorker.register(withBase("/sw.js"));
  } catch {
    // A host that serves no such file, or a browser that forbids it: the page works with a network.
  }
}
