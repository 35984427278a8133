// A row of buttons, one of which may stand pressed; a press is told once, as an event.

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".chips");
  root.setAttribute("aria-label", data.label);
  while (root.children.length > data.options.length) root.lastElementChild.remove();
  while (root.children.length < data.options.length) root.append(newChip());
  data.options.forEach(([id, title], place) => {
    const chip = root.children[place];
    chip.dataset.id = id;
    if (chip.textContent !== title) chip.textContent = title;
    chip.setAttribute("aria-pressed", String(id === data.current));
  });
  root.onclick = ({ target }) => {
    const chip = target.closest("button");
    if (chip) setTriggerValue("pressed", chip.dataset.id);
  };
}

function newChip() {
  const chip = document.createElement("button");
  chip.type = "button";
  return chip;
}
