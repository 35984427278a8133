// The parts of a network, a row each, with buttons that say how its line is to be rewritten.
// A press is told with the line that it was made on; presses that the page has not taken yet are
// told again with the next, so that none is lost while the page is busy.
// One stop of the Tab key a row: arrows go from button to button, and from row to row.

const lists = new WeakMap();

export default function ({ data, parentElement, setStateValue }) {
  let list = lists.get(parentElement);
  if (!list) {
    list = open(parentElement, data);
    lists.set(parentElement, list);
  }
  list.tell = (presses) => setStateValue("presses", presses);
  list.presses = list.presses.filter(({ number }) => number > data.taken);
  list.last = Math.max(list.last, data.taken);
  show(list, data);
  return () => lists.delete(parentElement);
}

function open(parentElement, data) {
  const root = parentElement.querySelector(".parts");
  const list = { root, rows: root.querySelector("ol"), data, presses: [], last: data.taken };
  root.addEventListener("click", ({ target }) => {
    const button = target.closest("button");
    if (button) press(list, button);
  });
  root.addEventListener("keydown", (event) => move(list, event));
  root.addEventListener("focusin", ({ target }) => stopAt(target));
  return list;
}

function show(list, data) {
  list.data = data;
  while (list.rows.children.length > data.rows.length) list.rows.lastElementChild.remove();
  while (list.rows.children.length < data.rows.length) list.rows.append(newRow(list));
  data.rows.forEach((row, index) => fill(list, list.rows.children[index], row, index + 1));
  if (list.next && list.next.line !== data.line) focusNext(list);
}

function newRow({ root }) {
  return root.querySelector("template").content.firstElementChild.cloneNode(true);
}

function fill(list, element, row, place) {
  element.dataset.place = place;
  element.classList.toggle("wrong", Boolean(row.isWrong));
  setText(element.querySelector("code"), row.word);
  setText(element.querySelector(".says"), row.says);
  const name = `part ${place}, ${row.word}`;
  element.querySelector("[role=toolbar]").setAttribute("aria-label", name);
  element.querySelector(".palette").setAttribute("aria-label", `Add beside ${name}`);
  for (const part of element.querySelectorAll(".sizes")) part.hidden = !row.isConvolution;
  for (const button of element.querySelectorAll("button")) {
    const label = `${button.dataset.label}, ${name}`;
    button.setAttribute("aria-label", label);
    button.title = button.dataset.label;
  }
  able(element, "earlier", place > 1);
  able(element, "later", place < list.data.rows.length);
  able(element, "double", !row.isEnd && !row.isWrong);
  stopAt(element.querySelector("[role=toolbar] [tabindex='0']") ?? buttonsOf(element)[0]);
}

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

// Not `disabled`: that would take the focus away from under a person's fingers.
function able(element, action, isAble) {
  const button = element.querySelector(`[data-action=${action}]`);
  button.setAttribute("aria-disabled", String(!isAble));
}

function press(list, button) {
  if (button.getAttribute("aria-disabled") === "true") return;
  const row = button.closest("li");
  const place = Number(row?.dataset.place ?? 0);
  const { action, word = "" } = button.dataset;
  if (action === "add") {
    openPalette(row, row.querySelector(".palette").hidden);
    return;
  }
  list.last += 1;
  list.presses.push({ number: list.last, action, place, word, line: list.data.line });
  list.next = { line: list.data.line, action, place };
  if (row) openPalette(row, false);
  list.tell([...list.presses]);
}

function openPalette(row, isOpen) {
  const palette = row.querySelector(".palette");
  palette.hidden = !isOpen;
  row.querySelector("[data-action=add]").setAttribute("aria-expanded", String(isOpen));
  if (isOpen) palette.querySelector("button").focus();
}

// The focus follows the part that was moved, added, or stands where one was removed.
function focusNext(list) {
  const { rows, root } = list;
  const { action, place } = list.next;
  list.next = null;
  const to = { earlier: place - 1, later: place + 1, after: place + 1, remove: Math.max(place, 1) };
  const isInside = root.contains(document.activeElement) || document.activeElement === document.body;
  const target = rows.children[Math.min(to[action] ?? place, rows.children.length) - 1];
  if (isInside && action !== "append" && place) {
    const again = { before: "add", after: "add" }[action] ?? action;
    const button = target?.querySelector(`[role=toolbar] [data-action=${again}]`);
    if (button && !button.closest("[hidden]")) button.focus({ preventScroll: true });
    else (target ? buttonsOf(target)[0] : root.querySelector(".append button")).focus();
  }
}

function buttonsOf(row) {
  const bar = row.querySelector("[role=toolbar]") ?? row;
  return [...bar.querySelectorAll("button")].filter((button) => !button.closest("[hidden]"));
}

function stopAt(button) {
  const row = button?.closest?.("li");
  if (!row || !button.closest("[role=toolbar]")) return;
  for (const other of row.querySelectorAll("[role=toolbar] button")) other.tabIndex = -1;
  button.tabIndex = 0;
}

function move(list, event) {
  const { key, target } = event;
  const row = target.closest("li");
  if (key === "Escape" && row && !row.querySelector(".palette").hidden) {
    openPalette(row, false);
    row.querySelector("[data-action=add]").focus();
    return;
  }
  const group = target.closest("[role=toolbar], .palette, .append");
  const sideways = { ArrowLeft: -1, ArrowRight: 1 }[key];
  const upwards = { ArrowUp: -1, ArrowDown: 1 }[key];
  if (!group || event.altKey || event.ctrlKey || event.metaKey) return;
  if (sideways) {
    const buttons = [...group.querySelectorAll("button")].filter((b) => !b.closest("[hidden]"));
    buttons[buttons.indexOf(target) + sideways]?.focus();
  } else if (upwards && row) {
    const other = list.rows.children[Number(row.dataset.place) - 1 + upwards];
    const same = other?.querySelector(`[role=toolbar] [data-action=${target.dataset.action}]`);
    if (other) (same && !same.closest("[hidden]") ? same : buttonsOf(other)[0]).focus();
  } else {
    return;
  }
  event.preventDefault();
}
