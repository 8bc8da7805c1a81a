// The figures on screen as SVG or PNG files: one file, or several in a ZIP file.

const EXTRA = 38; // pixels above a figure for its title
const SCALE = 2; // pixels of a PNG for each pixel on screen

/** Load Plotly's script from this server; Streamlit keeps its own to itself. */
function plotly(address) {
  if (window.Plotly) return Promise.resolve(window.Plotly);
  return new Promise((done, failed) => {
    const script = document.createElement("script");
    script.src = new URL(address, location.href).href;
    script.onload = () => done(window.Plotly);
    script.onerror = () => failed(new Error("Plotly's script did not arrive"));
    document.head.append(script);
  });
}

/** Copy a figure, with other colours and fonts in its texts; arrays of numbers are shared. */
function recoloured(tree, pairs) {
  if (typeof tree === "string") {
    return pairs.reduce((text, [from, to]) => text.replaceAll(from, to), tree);
  }
  if (Array.isArray(tree)) {
    const numbers = typeof tree[0] === "number" && typeof tree.at(-1) === "number";
    return numbers ? tree : tree.map((one) => recoloured(one, pairs));
  }
  if (tree === null || typeof tree !== "object" || ArrayBuffer.isView(tree)) return tree;
  const found = {};
  for (const [name, value] of Object.entries(tree)) {
    if (name[0] !== "_") found[name] = recoloured(value, pairs);
  }
  return found;
}

/** Return the figure of a chart for white paper, with its title, and its size. */
function onPaper(chart, title, data) {
  const width = chart.clientWidth || 720;
  const height = (chart.clientHeight || 400) + EXTRA;
  const layout = recoloured(chart.layout, data.instead);
  const figure = { data: recoloured(chart.data, data.instead), layout };
  for (const name of ["sliders", "updatemenus", "selections", "template"]) delete layout[name];
  const margin = { l: 70, r: 14, b: 48, ...layout.margin };
  margin.t = (layout.margin?.t ?? 34) + EXTRA;
  const said = { text: title.replaceAll("<", "&lt;"), font: { size: 16, color: data.text } };
  const hasBar = (one) => one?.colorbar !== undefined && one.showscale !== false;
  if (figure.data.some((one) => hasBar(one) || hasBar(one.marker))) {
    // Plotly moves a title of its own away from a colour bar, out of the picture.
    const heading = {
      ...said, showarrow: false,
      xref: "paper", x: 0, xanchor: "left", xshift: 8 - margin.l,
      yref: "paper", y: 1, yanchor: "top", yshift: margin.t - 8,
    };
    layout.annotations = [...(layout.annotations ?? []), heading];
  } else {
    // A legend of several rows moves the plot down, and what is placed by it.
    const at = { xref: "container", x: 0, xanchor: "left", yref: "container", y: 1, yanchor: "top" };
    layout.title = { ...said, ...at, pad: { l: 8, t: 8 } };
  }
  Object.assign(layout, {
    paper_bgcolor: "#ffffff",
    plot_bgcolor: "#ffffff",
    autosize: false,
    width,
    height,
    margin,
  });
  const named = figure.data.filter((one) => one.name && one.showlegend !== false);
  layout.showlegend = layout.showlegend ?? named.length > 1;
  layout.legend = { ...layout.legend, yref: "container", yanchor: "top", y: 1 - EXTRA / height };
  return { figure, width, height };
}

function bytesOf(address) {
  const comma = address.indexOf(",");
  const head = address.slice(0, comma), body = address.slice(comma + 1);
  if (!head.endsWith(";base64")) return new TextEncoder().encode(decodeURIComponent(body));
  return Uint8Array.from(atob(body), (one) => one.charCodeAt(0));
}

function crc(bytes) {
  let sum = -1;
  for (const byte of bytes) {
    sum ^= byte;
    for (let k = 0; k < 8; k++) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0);
  }
  return ~sum >>> 0;
}

function record(signature, fields) {
  const size = fields.reduce((sum, [width]) => sum + width, 4);
  const view = new DataView(new ArrayBuffer(size));
  view.setUint32(0, signature, true);
  let at = 4;
  for (const [width, value] of fields) {
    if (width === 2) view.setUint16(at, value, true);
    else view.setUint32(at, value, true);
    at += width;
  }
  return new Uint8Array(view.buffer);
}

/** Return files as a ZIP file, without compression. */
function zipped(files) {
  const parts = [], index = [];
  let at = 0;
  for (const { name, bytes } of files) {
    const label = new TextEncoder().encode(name);
    const sizes = [[4, crc(bytes)], [4, bytes.length], [4, bytes.length], [2, label.length], [2, 0]];
    const head = [[2, 20], [2, 0x0800], [2, 0], [2, 0], [2, 0x21], ...sizes];
    index.push(
      record(0x02014b50, [[2, 20], ...head, [2, 0], [2, 0], [2, 0], [4, 0], [4, at]]), label
    );
    parts.push(record(0x04034b50, head), label, bytes);
    at += 30 + label.length + bytes.length;
  }
  const length = index.reduce((sum, one) => sum + one.length, 0);
  const count = files.length;
  const end = [[2, 0], [2, 0], [2, count], [2, count], [4, length], [4, at], [2, 0]];
  return new Blob([...parts, ...index, record(0x06054b50, end)], { type: "application/zip" });
}

function give(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

const safe = (text) => text.replace(/[^\p{L}\p{N}′()]+/gu, "-").replace(/^-|-$/g, "").slice(0, 60);

async function take(kind, data) {
  const shown = data.figures
    .map(([key, title]) => [document.querySelector(`.st-key-${key} .js-plotly-plot`), title])
    .filter(([chart]) => chart?.layout);
  if (!shown.length) return "This page shows no figures now.";
  const Plotly = await plotly(data.plotly);
  const files = [];
  for (const [chart, title] of shown) {
    const { figure, width, height } = onPaper(chart, title, data);
    const scale = kind === "png" ? SCALE : 1;
    const address = await Plotly.toImage(figure, { format: kind, width, height, scale });
    const number = String(files.length + 1).padStart(2, "0");
    files.push({ name: `${number}-${safe(title)}.${kind}`, bytes: bytesOf(address) });
  }
  const types = { svg: "image/svg+xml", png: "image/png" };
  if (files.length > 1) give(zipped(files), `${data.name}-${kind}.zip`);
  else give(new Blob([files[0].bytes], { type: types[kind] }), `${data.name}.${kind}`);
  return files.length > 1 ? `${files.length} figures in one ZIP file.` : "One figure.";
}

export default function ({ data, parentElement }) {
  const said = parentElement.querySelector(".said");
  const buttons = [...parentElement.querySelectorAll("button")];
  for (const button of buttons) {
    button.onclick = async () => {
      buttons.forEach((one) => (one.disabled = true));
      said.textContent = "Drawing…";
      try {
        said.textContent = await take(button.dataset.kind, data);
      } catch (error) {
        said.textContent = `The figures were not drawn: ${error.message ?? error}`;
      }
      buttons.forEach((one) => (one.disabled = false));
    };
  }
}
