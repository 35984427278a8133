// A table whose rows are ticked, with the mouse or with keys. The ticks are the browser's at once;
// the page is told which rows are ticked, by their ids, and never takes one back.
// Two stops of the Tab key: the headings, which sort, with arrows from one to the next; and the rows,
// with arrows from row to row, where Space ticks.

const tables = new WeakMap();

export default function ({ data, parentElement, setStateValue }) {
  let table = tables.get(parentElement);
  if (!table) {
    table = open(parentElement, data);
    tables.set(parentElement, table);
  }
  table.tell = () => setStateValue("ticked", [...table.ticked]);
  show(table, data);
  return () => tables.delete(parentElement);
}

function open(parentElement, data) {
  const root = parentElement.querySelector(".ticks");
  const table = { root, data, ticked: new Set(data.ticked), sorted: null, rows: new Map() };
  table.body = root.querySelector("tbody");
  root.addEventListener("change", ({ target }) => tick(table, target));
  root.addEventListener("click", (event) => press(table, event));
  root.addEventListener("keydown", (event) => move(table, event));
  root.addEventListener("focusin", ({ target }) => {
    const group = groupOf(table, target);
    if (group) stopAt(group, target);
  });
  return table;
}

function show(table, data) {
  table.data = data;
  table.root.querySelector("[role=table]").setAttribute("aria-label", data.label);
  showHead(table);
  const ids = new Set(data.rows.map(({ id }) => id));
  for (const [id, row] of table.rows) {
    if (!ids.has(id)) {
      row.remove();
      table.rows.delete(id);
    }
  }
  for (const row of data.rows) fill(table, row);
  arrange(table);
}

function showHead(table) {
  const head = table.root.querySelector("thead tr");
  if (head.childElementCount === table.data.columns.length + 1) return;
  table.data.columns.forEach(({ name, isNumber }, place) => {
    const cell = document.createElement("th");
    cell.setAttribute("role", "columnheader");
    cell.scope = "col";
    cell.className = isNumber ? "number" : "";
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = name;
    button.dataset.place = place;
    button.tabIndex = place ? -1 : 0;
    cell.append(button);
    head.append(cell);
  });
}

function fill(table, { id, cells }) {
  let row = table.rows.get(id);
  if (!row) {
    row = newRow(table, id);
    table.rows.set(id, row);
  }
  const box = row.querySelector("input");
  box.checked = table.ticked.has(id);
  box.setAttribute("aria-label", cells[0]);
  row.classList.toggle("ticked", box.checked);
  cells.forEach((text, place) => {
    const cell = row.children[place + 1];
    if (cell.textContent !== text) cell.textContent = text;
    cell.classList.toggle("empty", text === "");
  });
}

function newRow(table, id) {
  const row = document.createElement("tr");
  row.setAttribute("role", "row");
  row.dataset.id = id;
  const first = document.createElement("td");
  first.setAttribute("role", "cell");
  const box = document.createElement("input");
  box.type = "checkbox";
  box.tabIndex = -1;
  first.append(box);
  row.append(first);
  table.data.columns.forEach(({ name, isNumber, isMinor }, place) => {
    const cell = document.createElement(place ? "td" : "th");
    cell.setAttribute("role", place ? "cell" : "rowheader");
    cell.dataset.label = name;
    cell.classList.toggle("number", isNumber);
    cell.classList.toggle("minor", isMinor);
    row.append(cell);
  });
  return row;
}

// In the order that the page gives, or sorted; what stands in its place already is not moved, or
// it would lose the focus.
function arrange(table) {
  const rows = [...table.data.rows];
  if (table.sorted) {
    const { place, isDown } = table.sorted;
    const known = rows.filter(({ keys }) => keys[place] !== "" && keys[place] !== null);
    const unknown = rows.filter(({ keys }) => keys[place] === "" || keys[place] === null);
    known.sort((a, b) => compare(a.keys[place], b.keys[place]) * (isDown ? -1 : 1));
    rows.splice(0, rows.length, ...known, ...unknown); // what has no value stands last either way
  }
  let before = null;
  for (const { id } of rows) {
    const row = table.rows.get(id);
    const place = before ? before.nextElementSibling : table.body.firstElementChild;
    if (place !== row) table.body.insertBefore(row, place);
    before = row;
  }
  const boxes = boxesOf(table);
  if (boxes.length && !boxes.some(({ tabIndex }) => tabIndex === 0)) boxes[0].tabIndex = 0;
  table.root.querySelectorAll("thead button").forEach((button, place) => {
    const isSorted = table.sorted?.place === place;
    const order = isSorted ? (table.sorted.isDown ? "descending" : "ascending") : "none";
    button.parentElement.setAttribute("aria-sort", order);
  });
}

function compare(a, b) {
  return typeof a === "number" && typeof b === "number"
    ? a - b
    : String(a).localeCompare(String(b), undefined, { numeric: true });
}

function tick(table, box) {
  const row = box.closest("tr");
  if (!row) return;
  if (box.checked) table.ticked.add(row.dataset.id);
  else table.ticked.delete(row.dataset.id);
  row.classList.toggle("ticked", box.checked);
  table.tell();
}

function press(table, { target }) {
  const button = target.closest("thead button");
  if (button) {
    const place = Number(button.dataset.place);
    const { isNumber } = table.data.columns[place];
    const isAgain = table.sorted?.place === place;
    table.sorted = { place, isDown: isAgain ? !table.sorted.isDown : isNumber };
    arrange(table);
    const boxes = boxesOf(table);
    stopAt(boxes, boxes[0]);
    return;
  }
  const row = target.closest("tbody tr");
  const isText = String(getSelection()).length > 0; // somebody marks text to copy it
  if (row && !isText && target.type !== "checkbox") row.querySelector("input").click();
}

function move(table, event) {
  const group = groupOf(table, event.target);
  if (!group) return;
  const isRow = event.target.type === "checkbox";
  const place = group.indexOf(event.target);
  const goal = {
    [isRow ? "ArrowDown" : "ArrowRight"]: place + 1,
    [isRow ? "ArrowUp" : "ArrowLeft"]: place - 1,
    Home: 0,
    End: group.length - 1,
    PageDown: Math.min(place + 10, group.length - 1),
    PageUp: Math.max(place - 10, 0),
  }[event.key];
  const isTick = isRow && event.key === "Enter"; // a box by itself knows Space only
  if (isTick) event.target.click();
  if (goal !== undefined) group[goal]?.focus();
  if (isTick || goal !== undefined) event.preventDefault();
}

// Return the headings or the boxes, whichever the element is one of.
function groupOf(table, element) {
  const groups = [boxesOf(table), [...table.root.querySelectorAll("thead button")]];
  return groups.find((group) => group.includes(element));
}

function boxesOf(table) {
  return [...table.body.querySelectorAll("input")];
}

function stopAt(group, element) {
  for (const other of group) other.tabIndex = other === element ? 0 : -1;
}
