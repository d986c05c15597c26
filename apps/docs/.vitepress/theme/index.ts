import type { Theme } from "vitepress";
import DefaultTheme from "vitepress/theme-without-fonts";
import LessonFigure from "./LessonFigure.js";
import LiveFigure from "./LiveFigure.js";
import Playground from "./Playground.js";
import "katex/dist/katex.min.css";
import "../../generated/palette.css";
import "./theme.css";

export default {
  extends: DefaultTheme,
  enhanceApp({ app }) {
    app.component("Playground", Playground);
    app.component("LiveFigure", LiveFigure);
    app.component("LessonFigure", LessonFigure);
  },
} satisfies Theme;
