// Draws one Plotly figure, and later ones into the same element: zoom and hidden lines stay.
// A point that is clicked is told as the trigger "clicked", if the page asked for it.
// Streamlit calls the default export for new data and for a change of theme.

const charts = new WeakMap();

export default function ({ data, parentElement, setTriggerValue }) {
  let chart = charts.get(parentElement);
  if (!chart) {
    chart = open(parentElement);
    charts.set(parentElement, chart);
  }
  chart.data = data;
  chart.tell = (point) => setTriggerValue("clicked", point);
  chart.element.classList.toggle("clickable", data.isClickable);
  chart.element.setAttribute("aria-label", data.description);
  chart.element.style.height = `${data.height}px`;
  draw(chart);
  return () => {
    chart.disconnect();
    globalThis.Plotly?.purge(chart.element);
    charts.delete(parentElement);
  };
}

function open(parentElement) {
  const element = parentElement.querySelector(".plot");
  const chart = {
    element,
    data: null,
    tell: null,
    drawn: "", // what stands there: the figure, its width and the theme's colours
    isDrawing: false,
    isStale: false,
    isInView: false,
    isHeard: false,
  };
  // What lies far below, or in a closed expander, is drawn when it comes into view.
  const inView = new IntersectionObserver(
    (entries) => {
      chart.isInView = entries.at(-1).isIntersecting;
      if (chart.isInView) draw(chart);
    },
    { rootMargin: "300px" },
  );
  const resized = new ResizeObserver(() => draw(chart));
  inView.observe(element);
  resized.observe(element);
  chart.disconnect = () => {
    inView.disconnect();
    resized.disconnect();
  };
  return chart;
}

// One drawing at a time; what arrives meanwhile is drawn once, as the latest. A figure that
// already stands there is left alone.
async function draw(chart) {
  chart.isStale = true;
  if (chart.isDrawing || !chart.isInView) return;
  chart.isDrawing = true;
  try {
    const Plotly = await load(chart.data.script);
    while (chart.isStale && chart.element.isConnected && chart.element.clientWidth) {
      chart.isStale = false;
      const theme = liveColors(chart);
      const next = [chart.data.revision, chart.element.clientWidth, ...Object.values(theme)].join();
      if (next === chart.drawn) break;
      const { traces, layout } = themed(chart, theme);
      await Plotly.react(chart.element, traces, layout, { displayModeBar: false });
      chart.drawn = next;
      listen(chart);
      chart.element.dataset.revision = Number(chart.element.dataset.revision ?? 0) + 1;
    }
  } catch (error) {
    chart.element.textContent = `This chart cannot be shown: ${error.message}`;
  } finally {
    chart.isDrawing = false;
  }
}

// Plotly gives the element its `on` with the first drawing, and takes it back with `purge`.
function listen(chart) {
  if (chart.isHeard) return;
  chart.isHeard = true;
  chart.element.on("plotly_click", ({ points: [point] }) => {
    if (chart.data.isClickable) chart.tell({ x: point.x, y: point.y, id: point.id ?? "" });
  });
}

function load(path) {
  if (globalThis.Plotly) return Promise.resolve(globalThis.Plotly);
  globalThis.plotlyLoading ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = new URL(path, document.baseURI).href;
    script.onload = () => resolve(globalThis.Plotly);
    script.onerror = () => {
      globalThis.plotlyLoading = undefined; // the next figure tries again
      script.remove();
      reject(new Error("the drawing library did not arrive. Reload the page to try again."));
    };
    document.head.append(script);
  });
  return globalThis.plotlyLoading;
}

// Figures come in the light theme's colours; these are the live theme's in their place.
function liveColors({ element, data }) {
  const style = getComputedStyle(element);
  return Object.fromEntries(
    data.colors.map(([color, name]) => [color, style.getPropertyValue(name).trim()]),
  );
}

function themed({ element, data }, live) {
  const recolor = (value) => {
    if (typeof value === "string") return live[value] || value;
    // Long arrays are of numbers; a colour scale's pairs are of a number and a colour.
    if (Array.isArray(value)) {
      return typeof (value[1] ?? value[0]) === "number" ? value : value.map(recolor);
    }
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, recolor(inner)]));
  };
  const layout = recolor(Object.fromEntries(data.layout));
  layout.width = element.clientWidth;
  layout.height = data.height;
  const font = getComputedStyle(element).getPropertyValue("--st-font").trim();
  layout.font = { ...layout.font, family: font };
  // A finger that swipes over a chart means to scroll the page.
  if (matchMedia("(pointer: coarse)").matches) layout.dragmode = false;
  return { traces: recolor(data.traces), layout };
}
