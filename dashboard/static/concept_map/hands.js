// What hands do with the map: move it, change its size, draw around points, point at one and click on it; with mouse,
// fingers or keys.

const MOVED = 4; // pixels: a press that moves less is a click
const SPACING = 3; // pixels between the corners of a lasso
const LEAST_ZOOM = 0.3, MOST_ZOOM = 5000;
const STEP = 1.5; // of a button or a key that changes the size
const SHIFT = 0.12; // of the map's size that a key moves it by

const TOOLS = [
  ['pan', 'Move the map', 'M12 3v18M3 12h18M9 6l3-3 3 3M9 18l3 3 3-3M6 9l-3 3 3 3M18 9l3 3-3 3'],
  ['box', 'Select with a box', 'M4 4h3M10 4h4M17 4h3v3M20 10v4M20 17v3h-3M14 20h-4M7 20H4v-3M4 14v-4M4 7V4'],
  ['lasso', 'Select with a lasso', 'M12 4c5 0 9 2.5 9 6s-4 6-9 6-9-2.5-9-6 4-6 9-6zM7 15c-2 1-2 4 0 4s2 1 1 2'],
];
const DEEDS = [
  ['closer', 'Larger', 'M10.5 4a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13zM15.5 15.5L20 20M7.5 10.5h6M10.5 7.5v6'],
  ['farther', 'Smaller', 'M10.5 4a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13zM15.5 15.5L20 20M7.5 10.5h6'],
  ['whole', 'Show all', 'M4 11l8-7 8 7M6 10v9h12v-9'],
  ['full', 'Full screen', 'M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5'],
];

const toolButton = (bar, [name, title, path], isTool) => {
  const made = element(bar, 'button', '');
  made.type = 'button';
  made.title = title;
  made.dataset[isTool ? 'tool' : 'deed'] = name;
  made.setAttribute('aria-label', title);
  made.innerHTML = `<svg viewBox="0 0 24 24" aria-hidden="true"><path d="${path}"/></svg>`;
  return made;
};

const drawTools = (chart) => {
  const bar = chart.root.querySelector('.map-tools');
  TOOLS.forEach((tool) => toolButton(bar, tool, true));
  DEEDS.forEach((deed) => toolButton(bar, deed, false));
  bar.querySelector('[data-deed=full]').hidden = !document.fullscreenEnabled;
  bar.onclick = (event) => {
    const { tool, deed } = event.target.closest('button')?.dataset ?? {};
    if (tool) takeTool(chart, tool);
    if (deed) doDeed(chart, deed);
  };
  takeTool(chart, chart.tool);
};

const takeTool = (chart, tool) => {
  chart.tool = tool;
  memory.write('sharcs-map-tool', tool);
  chart.canvas.dataset.hand = tool;
  chart.root.querySelectorAll('[data-tool]').forEach((one) => one.setAttribute('aria-pressed', one.dataset.tool === tool));
};

const doDeed = (chart, deed) => {
  const middle = { x: chart.width / 2, y: chart.height / 2 };
  if (deed === 'closer') zoomAt(chart, middle, STEP);
  if (deed === 'farther') zoomAt(chart, middle, 1 / STEP);
  if (deed === 'whole') look(chart, chart.data.frame);
  if (deed !== 'full') return;
  if (document.fullscreenElement) document.exitFullscreen();
  else chart.root.requestFullscreen?.();
};

const zoomAt = (chart, place, factor) => {
  const { view, width, height, zoom } = chart;
  const by = Math.min(MOST_ZOOM, Math.max(LEAST_ZOOM, zoom * factor)) / zoom;
  const around = ([low, high], share) => {
    const still = low + (high - low) * share;
    return [still - (still - low) / by, still + (high - still) / by];
  };
  look(chart, { x: around(view.x, place.x / width), y: around(view.y, 1 - place.y / height) });
};

const moveBy = (chart, dx, dy) => {
  const { view, width, height } = chart;
  const x = dx / width * (view.x[1] - view.x[0]), y = dy / height * (view.y[1] - view.y[0]);
  look(chart, { x: view.x.map((end) => end - x), y: view.y.map((end) => end + y) });
};

const KEYS = {
  ArrowLeft: (chart) => moveBy(chart, SHIFT * chart.width, 0),
  ArrowRight: (chart) => moveBy(chart, -SHIFT * chart.width, 0),
  ArrowUp: (chart) => moveBy(chart, 0, SHIFT * chart.height),
  ArrowDown: (chart) => moveBy(chart, 0, -SHIFT * chart.height),
  '+': (chart) => doDeed(chart, 'closer'),
  '=': (chart) => doDeed(chart, 'closer'),
  '-': (chart) => doDeed(chart, 'farther'),
  0: (chart) => doDeed(chart, 'whole'),
  Escape: (chart) => (chart.drawing ? stopDrawing(chart) : deselect(chart)),
};

// --- drawing around points -------------------------------------------------------------------------------------------

const cornersOf = ({ tool, from, corners, at }) => (tool === 'box'
  ? [from, { x: at.x, y: from.y }, at, { x: from.x, y: at.y }] : corners);

const showDrawing = (chart) => {
  const path = chart.drawing ? 'M' + cornersOf(chart.drawing).map(({ x, y }) => `${x},${y}`).join('L') + 'Z' : '';
  chart.root.querySelector('.map-drawn').setAttribute('d', path);
};

const stopDrawing = (chart) => {
  chart.drawing = null;
  showDrawing(chart);
};

const drawOn = (chart, place) => {
  const { corners } = chart.drawing, last = corners[corners.length - 1];
  chart.drawing.at = place;
  if (Math.hypot(place.x - last.x, place.y - last.y) >= SPACING) corners.push(place);
  showDrawing(chart);
};

// Tells what was drawn around; with the shift key it is added to what was before.
const endDrawing = (chart, adds) => {
  const corners = cornersOf(chart.drawing).map(({ x, y }) => chart.valueAt(x, y));
  stopDrawing(chart);
  chart.areas = adds ? [...chart.areas, corners] : [corners];
  chart.tell('drawn', chart.areas);
};

const deselect = (chart) => {
  chart.areas = [];
  if (Object.keys(chart.data.selected).length) chart.tell('cleared', true);
};

// --- hands -----------------------------------------------------------------------------------------------------------

const placeOf = (chart, event) => {
  const frame = chart.canvas.getBoundingClientRect();
  return { x: event.clientX - frame.left, y: event.clientY - frame.top };
};

const apart = (fingers) => {
  const [a, b] = [...fingers.values()];
  return { far: Math.hypot(a.x - b.x, a.y - b.y), middle: { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 } };
};

const watchHands = (chart) => {
  const { canvas } = chart, fingers = new Map();
  let pressed = null;
  canvas.onpointerdown = (event) => {
    if (event.button) return;
    const place = placeOf(chart, event);
    canvas.setPointerCapture(event.pointerId);
    fingers.set(event.pointerId, place);
    pressed = fingers.size === 1 ? { place, moved: false } : null;
    stopDrawing(chart);
    if (pressed && chart.tool !== 'pan') chart.drawing = { tool: chart.tool, from: place, at: place, corners: [place] };
  };
  canvas.onpointermove = (event) => {
    const place = placeOf(chart, event), former = fingers.get(event.pointerId);
    if (!former) { tellOf(chart, chart.nearest(place)); return; }
    if (fingers.size > 1) { pinch(chart, fingers, event.pointerId, place); return; }
    fingers.set(event.pointerId, place);
    if (!pressed) return;
    pressed.moved ||= Math.hypot(place.x - pressed.place.x, place.y - pressed.place.y) >= MOVED;
    if (!pressed.moved) return;
    hideTip(chart);
    if (chart.drawing) drawOn(chart, place);
    else moveBy(chart, place.x - former.x, place.y - former.y);
  };
  const lift = (event) => {
    if (!fingers.delete(event.pointerId) || !pressed) return;
    const { place, moved } = pressed;
    pressed = null;
    if (event.type === 'pointercancel') stopDrawing(chart);
    else if (moved && chart.drawing) endDrawing(chart, event.shiftKey);
    else if (!moved) {
      stopDrawing(chart);
      const point = chart.nearest(place);
      if (point !== null) chart.tell('clicked', inputOf(chart, point));
    }
  };
  canvas.onpointerup = canvas.onpointercancel = lift;
  canvas.onpointerleave = () => hideTip(chart);
  canvas.ondblclick = () => {
    look(chart, chart.data.frame);
    deselect(chart);
  };
  canvas.addEventListener('wheel', (event) => {
    event.preventDefault();
    hideTip(chart);
    const pixels = event.deltaY * (event.deltaMode === 1 ? 16 : 1);
    zoomAt(chart, placeOf(chart, event), Math.exp(-Math.max(-400, Math.min(400, pixels)) * 0.002));
  }, { passive: false });
  canvas.onkeydown = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !Object.hasOwn(KEYS, event.key)) return;
    event.preventDefault();
    KEYS[event.key](chart);
  };
};

const pinch = (chart, fingers, id, place) => {
  const before = apart(fingers);
  fingers.set(id, place);
  const after = apart(fingers);
  moveBy(chart, after.middle.x - before.middle.x, after.middle.y - before.middle.y);
  if (before.far > 0) zoomAt(chart, after.middle, after.far / before.far);
};
