/**
 * Sorts and filters the table of runs in the browser. Without it the table is whole and in the order of
 * the specification. Column heads become buttons; a second press turns the order round. What has no
 * number stands last either way.
 */
export const TABLE_SCRIPT = `
(() => {
  const table = document.getElementById("runs");
  const body = table.tBodies[0];
  const rows = [...body.rows];
  const heads = [...table.tHead.rows[0].cells];
  const controls = document.getElementById("filters");
  const status = document.createElement("p");
  status.setAttribute("role", "status");
  status.className = "muted";

  const valueOf = (row, column) => {
    const cell = row.cells[column];
    const number = cell.dataset.number;
    return number === undefined ? cell.textContent : number === "" ? NaN : Number(number);
  };
  const compare = (a, b) => {
    if (typeof a === "string" || typeof b === "string") {
      return String(a).localeCompare(String(b), "en", { numeric: true });
    }
    return a - b;
  };
  const sortBy = (column) => {
    const down = heads[column].getAttribute("aria-sort") === "ascending";
    for (const head of heads) head.removeAttribute("aria-sort");
    heads[column].setAttribute("aria-sort", down ? "descending" : "ascending");
    const missing = (value) => Number.isNaN(value);
    const sorted = rows
      .map((row, place) => ({ row, place, value: valueOf(row, column) }))
      .sort((a, b) => {
        if (missing(a.value) || missing(b.value)) {
          return missing(a.value) - missing(b.value) || a.place - b.place;
        }
        return (down ? -1 : 1) * compare(a.value, b.value) || a.place - b.place;
      });
    body.append(...sorted.map(({ row }) => row));
  };
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    button.addEventListener("click", () => sortBy(column));
    head.append(button);
  });

  const chosen = new Map();
  let words = [];
  const show = () => {
    let count = 0;
    for (const row of rows) {
      const text = row.textContent.toLowerCase();
      row.hidden =
        !words.every((word) => text.includes(word)) ||
        [...chosen].some(([column, value]) => row.cells[column].textContent !== value);
      if (!row.hidden) count += 1;
    }
    status.textContent = count + " of " + rows.length + " runs";
  };
  const labelled = (text, control) => {
    const label = document.createElement("label");
    label.append(text + " ", control);
    controls.append(label);
  };
  const search = document.createElement("input");
  search.type = "search";
  search.addEventListener("input", () => {
    words = search.value.toLowerCase().split(/\\s+/).filter(Boolean);
    show();
  });
  labelled("Filter", search);
  heads.forEach((head, column) => {
    if (head.dataset.filter === undefined) return;
    const values = [...new Set(rows.map((row) => row.cells[column].textContent))];
    if (values.length < 2 || values.length > 50) return;
    const select = document.createElement("select");
    select.append(new Option("all", ""), ...values.map((value) => new Option(value, value)));
    select.addEventListener("change", () => {
      // The first choice is all.
      if (select.selectedIndex === 0) chosen.delete(column);
      else chosen.set(column, select.value);
      show();
    });
    labelled(head.textContent, select);
  });
  controls.after(status);
  controls.hidden = false;
  show();
})();
`;
