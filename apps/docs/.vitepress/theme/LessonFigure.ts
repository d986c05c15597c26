import { defineComponent, h, onBeforeUnmount, onMounted, type PropType, ref } from "vue";
import { type SceneName, scenes } from "../../src/lesson/scenes.js";
import "../../src/lesson/lesson.css";

/** How far below the window a figure is loaded already, so that it is there when the reader is. */
const NEAR = "800px";

/** The place of a figure of the lesson. What it needs is loaded when the reader comes near. */
export default defineComponent({
  name: "LessonFigure",
  props: { scene: { type: String as PropType<SceneName>, required: true } },
  setup({ scene }) {
    const root = ref<HTMLElement>();
    const problem = ref("");
    let watcher: IntersectionObserver | undefined;
    let unmount: (() => void) | undefined;
    let gone = false;

    async function load() {
      try {
        const { mount } = await scenes[scene]();
        if (!gone && root.value) unmount = mount(root.value);
      } catch (error) {
        problem.value = `The figure did not load: ${(error as Error).message}`;
      }
    }

    onMounted(() => {
      watcher = new IntersectionObserver(
        (entries) => {
          if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
          watcher?.disconnect();
          void load();
        },
        { rootMargin: NEAR },
      );
      watcher.observe(root.value!);
    });
    onBeforeUnmount(() => {
      gone = true;
      watcher?.disconnect();
      unmount?.();
    });
    return () =>
      h("div", { class: "lesson-figure", "data-scene": scene }, [
        h("div", { ref: root }, [
          h("p", { class: "waiting" }, problem.value || "The figure is being loaded."),
        ]),
      ]);
  },
});
