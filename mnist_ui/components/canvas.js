// What streamlit-drawable-canvas has no setting for. Its toolbar lies unseen over the top right
// corner, where a finger that begins a stroke would press its bin: it is taken away. The canvas
// gets a name for those who cannot see it. And our Undo is the canvas's own while that can go back:
// it knows a stroke at once, while the page hears of it only after 200 ms. It has one size; it is
// shown as large as there is room.

export default function ({ data, parentElement }) {
  const frame = parentElement.closest(`.st-key-${data.frame}`);
  let toolbarUndo = null;
  let fit = () => {};
  const sizes = new ResizeObserver(() => fit());
  const look = () => {
    const host = frame.querySelector("[data-testid=stBidiComponentIsolated]");
    const root = host?.shadowRoot;
    const canvas = root?.querySelector("canvas.upper-canvas");
    if (canvas) {
      host.style.transformOrigin = "0 0";
      sizes.observe(frame);
      fit = () => (host.style.transform = `scale(${frame.clientWidth / data.side})`);
      fit();
      const style = document.createElement("style");
      style.textContent = ".dc-toolbar { display: none !important; }";
      root.append(style);
      canvas.setAttribute("role", "img");
      canvas.setAttribute("aria-label", data.name);
      toolbarUndo = root.querySelector(".dc-toolbar button[aria-label=Undo]");
    } else if (frame.isConnected) {
      requestAnimationFrame(look);
    }
  };
  look();
  const undo = (event) => {
    if (!event.target.closest(`.st-key-${data.undo}`) || !toolbarUndo || toolbarUndo.disabled) return;
    event.stopImmediatePropagation();
    toolbarUndo.click();
  };
  const pad = frame.parentElement.closest("[class*=st-key-]");
  pad.addEventListener("click", undo, { capture: true });
  return () => {
    sizes.disconnect();
    pad.removeEventListener("click", undo, { capture: true });
  };
}
