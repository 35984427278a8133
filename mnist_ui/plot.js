// Draws one Plotly figure, and later ones into the same element: zoom and hidden lines stay.
// Streamlit calls the default export for new data and for a change of theme.

const charts = new WeakMap();

export default function ({ data, parentElement }) {
  let chart = charts.get(parentElement);
  if (!chart) {
    chart = open(parentElement);
    charts.set(parentElement, chart);
  }
  chart.data = data;
  chart.element.setAttribute("aria-label", data.description);
  chart.element.style.height = `${data.height}px`;
  draw(chart);
  return () => {
    chart.observer.disconnect();
    globalThis.Plotly?.purge(chart.element);
    charts.delete(parentElement);
  };
}

function open(parentElement) {
  const element = parentElement.querySelector(".plot");
  const chart = { element, data: null, width: 0, isDrawing: false, isStale: false, isHidden: false };
  chart.observer = new ResizeObserver(() => {
    const width = element.clientWidth;
    const isShownNow = chart.isHidden && width;
    if (isShownNow || (chart.width && width && width !== chart.width)) draw(chart);
  });
  chart.observer.observe(element);
  return chart;
}

// One drawing at a time; what arrives meanwhile is drawn once, as the latest.
async function draw(chart) {
  chart.isStale = true;
  if (chart.isDrawing) return;
  chart.isDrawing = true;
  try {
    const Plotly = await load(chart.data.script);
    while (chart.isStale && chart.element.isConnected) {
      chart.isStale = false;
      chart.width = chart.element.clientWidth;
      chart.isHidden = !chart.width; // in a closed expander: drawn as soon as it is opened
      if (chart.isHidden) break;
      const { traces, layout } = themed(chart);
      await Plotly.react(chart.element, traces, layout, { displayModeBar: false });
      chart.element.dataset.revision = Number(chart.element.dataset.revision ?? 0) + 1;
    }
  } catch (error) {
    chart.element.textContent = `This chart cannot be shown: ${error.message}`;
  } finally {
    chart.isDrawing = false;
  }
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

// Figures come in the light theme's colours; put the live theme's in their place.
function themed({ element, data, width }) {
  const style = getComputedStyle(element);
  const live = Object.fromEntries(
    Object.entries(data.colors).map(([color, name]) => [color, style.getPropertyValue(name).trim()]),
  );
  const recolor = (value) => {
    if (typeof value === "string") return live[value] || value;
    if (Array.isArray(value)) return typeof value[0] === "number" ? value : value.map(recolor);
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, recolor(inner)]));
  };
  const layout = recolor(data.figure.layout);
  layout.width = width;
  layout.height = data.height;
  layout.font = { ...layout.font, family: style.getPropertyValue("--st-font").trim() };
  // A finger that swipes over a chart means to scroll the page.
  if (matchMedia("(pointer: coarse)").matches) layout.dragmode = false;
  return { traces: recolor(data.figure.data), layout };
}
