// The concept map. The page says what is to be seen; the points themselves are asked for, so that another colour sends
// colours alone and a click nothing. The page calls this again after each of its runs; what a tab sees, its tool and
// its selection outlast that, and a reload.

const charts = new WeakMap();

// What a tab remembers, for as long as it is open.
const memory = {
  read: (key) => { try { return JSON.parse(sessionStorage.getItem(key)); } catch { return null; } },
  write: (key, value) => {
    try {
      if (value === null) sessionStorage.removeItem(key);
      else sessionStorage.setItem(key, JSON.stringify(value));
    } catch { /* a browser that keeps nothing, or no more */ }
  },
};

const isRange = (ends) => Array.isArray(ends) && ends.length === 2 && ends.every(Number.isFinite) && ends[0] < ends[1];

const NO_WEBGL = 'This browser cannot draw the map, for its WebGL is off; the list beside it holds the same inputs.';

class Chart {
  constructor(root) {
    this.root = root;
    this.canvas = root.querySelector('canvas');
    this.stage = root.querySelector('.map-stage');
    this.tip = root.querySelector('.map-tip');
    this.painter = painterOf(this.canvas);
    this.points = null;
    this.view = { x: [-1, 1], y: [-1, 1] };
    const tool = memory.read('sharcs-map-tool');
    Object.assign(this, { drawing: null, hovered: null, asking: null, areas: [] });
    this.tool = TOOLS.some(([name]) => name === tool) ? tool : 'pan';
    this.at = (x, y) => ({
      x: (x - this.view.x[0]) / (this.view.x[1] - this.view.x[0]) * this.width,
      y: (this.view.y[1] - y) / (this.view.y[1] - this.view.y[0]) * this.height,
    });
    if (!this.painter) tellFault(this, NO_WEBGL);
    drawTools(this);
    watchHands(this);
    this.resized = new ResizeObserver(() => this.data && measure(this));
    this.resized.observe(this.stage);
    this.canvas.addEventListener('webglcontextlost', (event) => event.preventDefault());
    this.canvas.addEventListener('webglcontextrestored', () => {
      Object.assign(this.painter, begun(this.painter.gl));
      if (this.points) showPoints(this);
    });
    root.chart = this; // for who examines the page
  }

  get zoom() {
    const { x } = this.data.frame;
    return (x[1] - x[0]) / (this.view.x[1] - this.view.x[0]);
  }

  valueAt(x, y) {
    const { view } = this;
    return [
      view.x[0] + x / this.width * (view.x[1] - view.x[0]), view.y[1] - y / this.height * (view.y[1] - view.y[0]),
    ];
  }

  // Are the points there that the page asks for, in its colours and with its selection?
  get isPainted() { return Boolean(this.data) && this.root.dataset.painted === wantedOf(this.data); }

  nearest(place) { return this.points && nearestTo(this.points, this, place); }
}

// What the points look like.
const wantedOf = ({ points, painted, selected }) => JSON.stringify([points, painted, selected]);

const tellFault = (chart, words) => {
  const fault = chart.root.querySelector('.map-fault');
  fault.textContent = words;
  fault.hidden = !words;
};

const measure = (chart) => {
  const { clientWidth: width, clientHeight: height } = chart.stage;
  if (width === chart.width && height === chart.height) return;
  Object.assign(chart, { width, height });
  repaint(chart);
};

// Lays out what lies over the points with the next frame, once, whatever asks for it until then; and paints the points,
// which may be very many, if they look otherwise than before.
const repaint = (chart, withPoints = true) => {
  chart.changed ||= withPoints;
  chart.waiting ??= requestAnimationFrame(() => {
    chart.waiting = null;
    if (!chart.width || !chart.root.isConnected) return;
    layOut(chart);
    if (!chart.painter || !chart.points || !chart.changed) return;
    chart.changed = false;
    paintPoints(chart.painter, chart.view);
    chart.root.dataset.painted = chart.shown;
  });
};

// Shows a part of the map, and remembers it.
const look = (chart, view) => {
  chart.view = { x: [...view.x], y: [...view.y] };
  const isWhole = String(view.x) === String(chart.data.frame.x) && String(view.y) === String(chart.data.frame.y);
  memory.write(chart.data.zoomKey, isWhole ? null : chart.view);
  repaint(chart);
};

const restoreView = (chart, { zoomKey, frame }) => {
  const kept = memory.read(zoomKey);
  chart.view = kept && isRange(kept.x) && isRange(kept.y) ? { x: kept.x, y: kept.y } : { x: [...frame.x], y: [...frame.y] };
};

const showPoints = (chart) => {
  const { painter, points, data } = chart;
  if (!painter) return;
  const chosen = chosenOf(points, data.selected);
  const { colour, form } = looksOf(points, chosen), { order, nPlain } = orderOf(points, chosen);
  chart.chosen = chosen;
  sendTo(painter, 'place', interleaved(points));
  sendTo(painter, 'colour', colour);
  sendTo(painter, 'form', form);
  sendOrder(painter, order, nPlain);
  repaint(chart);
};

const load = async (chart, data) => {
  try {
    const points = await pointsFor(data);
    const shown = wantedOf(data);
    if (chart.data !== data || chart.shown === shown) return; // the page has gone on, or shows what it did
    hideTip(chart);
    Object.assign(chart, { points, shown });
    tellFault(chart, chart.painter ? '' : NO_WEBGL);
    showPoints(chart);
  } catch {
    if (chart.data === data) tellFault(chart, 'The points of the map did not come; reload the page.');
  }
};

// What is selected comes from the page; of a tab that was loaded again from what it remembers.
const followSelection = (chart, data) => {
  const kept = data.fresh ? memory.read(data.selectionKey) : null;
  if (kept) chart.tell('restored', kept);
  else if (!data.fresh) memory.write(data.selectionKey, Object.keys(data.selected).length ? data.selected : null);
  if (!Object.keys(data.selected).length) chart.areas = [];
};

const end = (chart) => {
  chart.resized.disconnect();
  hideTip(chart);
  giveBack(chart.painter);
};

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector('.concept-map');
  if (!charts.has(root)) charts.set(root, new Chart(root));
  const chart = charts.get(root), isOther = chart.data?.zoomKey !== data.zoomKey;
  chart.tell = setTriggerValue;
  chart.data = data;
  if (isOther) {
    restoreView(chart, data);
    chart.areas = [];
  }
  chart.canvas.setAttribute('aria-label', data.label);
  followSelection(chart, data);
  chart.overlay = drawOverlay(root, data);
  drawBar(root, data.scale);
  measure(chart);
  repaint(chart, isOther);
  load(chart, data);
  return () => setTimeout(() => !root.isConnected && end(chart)); // or the page just runs anew
}
