// Two things that streamlit-drawable-canvas has no setting for. Its toolbar lies unseen over the
// top right corner, where a finger that begins a stroke would press its bin: it is taken away.
// And the canvas gets a name for those who cannot see it.

export default function ({ data, parentElement }) {
  const frame = parentElement.closest(`.st-key-${data.frame}`);
  const look = () => {
    const root = frame.querySelector("[data-testid=stBidiComponentIsolated]")?.shadowRoot;
    const canvas = root?.querySelector("canvas.upper-canvas");
    if (canvas) {
      const style = document.createElement("style");
      style.textContent = ".dc-toolbar { display: none !important; }";
      root.append(style);
      canvas.setAttribute("role", "img");
      canvas.setAttribute("aria-label", data.name);
    } else if (frame.isConnected) {
      requestAnimationFrame(look);
    }
  };
  look();
}
