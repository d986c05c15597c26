// What the packages of eoss above this one use of it. It may change with any release.
export { familiesOf, membersOf } from "./figures/family.js";
export { familyPanels } from "./figures/familyFigure.js";
export {
  axisTop,
  BESIDE,
  band,
  cloud,
  draw,
  type Figure,
  type FigureSize,
  line,
  svgMarkup,
  textWidth,
} from "./figures/figure.js";
export { stepSeries } from "./figures/figureData.js";
export { type LegendLine, legend } from "./figures/legend.js";
export { lossFigure } from "./figures/lossFigure.js";
export { type NamedFigure, namedFigures } from "./figures/namedFigures.js";
export { otherPanels } from "./figures/otherQuantities.js";
export {
  forkStyle,
  type LineStyle,
  type QuantityStyle,
  rootStyle,
  SHARPNESSES,
  THEMED,
} from "./figures/palette.js";
export { fillWidth, type Look, panelsSvg } from "./figures/panels.js";
export { panelTitle } from "./figures/panelTitle.js";
export { quantityPanel } from "./figures/quantityPanel.js";
export { sharpnessFigure } from "./figures/sharpnessFigure.js";
export { commonFormula } from "./figures/threshold.js";
export { SECOND, THRESHOLD } from "./figures/thresholdLine.js";
export {
  axisMarks,
  linearAxis,
  logAxis,
  scaleOf,
  type VerticalAxis,
} from "./figures/verticalAxis.js";
export { FIGURE_SCRIPT } from "./page/figureScript.generated.js";
export { type Content, html, type Markup, raw } from "./page/html.js";
export { page } from "./page/htmlPage.js";
export { plot, plotOf } from "./page/plot.js";
export { table } from "./page/table.js";
export { withoutFolders } from "./text/fileNames.js";
export { differingSettings, runLabels, settingText } from "./text/labels.js";
