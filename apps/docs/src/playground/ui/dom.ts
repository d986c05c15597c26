type Child = Node | string | undefined;

type Properties<T> = Partial<
  Omit<T, "style" | "dataset" | "classList" | "children" | "attributes">
> & {
  readonly class?: string;
  /** Attributes that are no properties, such as `aria-pressed`. */
  readonly attributes?: Readonly<Record<string, string>>;
};

/** A DOM element with properties and children. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  { class: className, attributes = {}, ...properties }: Properties<HTMLElementTagNameMap[K]> = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  if (className) made.className = className;
  Object.assign(made, properties);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children.filter((child) => child !== undefined));
  return made;
}

export function button(text: string, onclick: () => void, className = ""): HTMLButtonElement {
  return element("button", { type: "button", textContent: text, onclick, class: className });
}

/** A choice with its label. */
export function choice(
  label: string,
  options: readonly (string | readonly [value: string, text: string])[],
  onchange: (value: string) => void,
): { readonly field: HTMLElement; readonly control: HTMLSelectElement } {
  const control = element("select", { onchange: () => onchange(control.value) });
  setOptions(control, options);
  return { field: labelled(label, control), control };
}

export function setOptions(
  control: HTMLSelectElement,
  options: readonly (string | readonly [value: string, text: string])[],
): void {
  const { value } = control;
  control.replaceChildren(
    ...options.map((option) => {
      const [own, text] = typeof option === "string" ? [option, option] : option;
      return element("option", { value: own, textContent: text });
    }),
  );
  if (value !== "") control.value = value;
}

/** Chooses a value, which is added where the list lacks it: a link may name any. */
export function select(control: HTMLSelectElement, value: string): void {
  if (![...control.options].some((option) => option.value === value)) {
    control.append(element("option", { value, textContent: value }));
  }
  control.value = value;
}

let fields = 0;

export function labelled(label: string, control: HTMLElement): HTMLElement {
  control.id = `playground-field-${++fields}`;
  const text = element("label", { htmlFor: control.id, textContent: label });
  return element("div", { class: "field" }, text, control);
}

/** Only what changed: a screen reader reads a status again whenever it is set. */
export function setText(node: HTMLElement, text: string): void {
  if (node.textContent !== text) node.textContent = text;
}

/** Three significant digits, or whole numbers as they are. */
export function short(value: number): string {
  if (!Number.isFinite(value)) return "–";
  if (Number.isInteger(value) && Math.abs(value) < 1e6) return String(value);
  return String(Number(value.toPrecision(3)));
}
