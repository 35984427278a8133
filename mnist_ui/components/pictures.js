// Tells which picture was pressed: a button with `data-pick` in the container beside this.

export default function ({ data, parentElement, setTriggerValue }) {
  const place = parentElement.closest(`.st-key-${data.place}`);
  const press = ({ target }) => {
    const button = target.closest("[data-pick]");
    if (button) setTriggerValue("picked", Number(button.dataset.pick));
  };
  place.addEventListener("click", press);
  return () => place.removeEventListener("click", press);
}
