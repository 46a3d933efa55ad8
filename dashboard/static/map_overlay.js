// What moves over the concept map without changing it: names of islands, rings and a line for the chosen sample, the
// input under the pointer. It also carries zoom, tool and selection over to a figure that takes this one's place.
//
// Plotly draws no pictures on hover, and a changed figure loses zoom and selection; so this reads the live chart and
// places plain elements over it. Rings and names are laid out anew whenever the chart moves.

const RING = 22;
const FULL_WIDTH = 2.1; // of the map, from -1 to 1 and a margin
const CLOSE = 2.2; // from this zoom on the finer names are shown
const GAP = 3;
const TIP_HEIGHT = 112;
const MOVED = 4; // pixels: a press that moves less is a click
const MOVES = ['plotly_relayout', 'plotly_relayouting', 'plotly_afterplot'];

const element = (parent, kind, className, text = '') => {
  const made = document.createElement(kind);
  made.className = className;
  made.textContent = text;
  parent.append(made);
  return made;
};

const overlap = (a, b) => Math.max(0, Math.min(a.right, b.right) - Math.max(a.left, b.left))
  * Math.max(0, Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top));

const box = (left, top, width, height) => ({ left, top, right: left + width, bottom: top + height });

// The axes in pixels of the chart.
const frame = (chart) => {
  const { xaxis, yaxis } = chart._fullLayout;
  return {
    area: box(xaxis._offset, yaxis._offset, xaxis._length, yaxis._length),
    zoom: FULL_WIDTH / Math.abs(xaxis.range[1] - xaxis.range[0]),
    at: (x, y) => ({ x: xaxis._offset + xaxis.d2p(x), y: yaxis._offset + yaxis.d2p(y) }),
  };
};

// Places for a label of that size beside what it names, within the area, the best first.
const places = (named, width, height, area) => {
  const middle = { x: (named.left + named.right) / 2 - width / 2, y: (named.top + named.bottom) / 2 - height / 2 };
  return [
    [middle.x, named.top - height - GAP], [middle.x, named.bottom + GAP],
    [named.right + GAP, middle.y], [named.left - width - GAP, middle.y], [middle.x, middle.y],
  ].map(([left, top]) => box(
    Math.min(Math.max(left, area.left), area.right - width), Math.min(Math.max(top, area.top), area.bottom - height),
    width, height,
  ));
};

// Puts a label where it meets none that stands, and of these places where it hides least; else hides it.
const put = (label, named, area, taken, islands) => {
  const free = places(named, label.offsetWidth, label.offsetHeight, area)
    .filter((place) => taken.every((other) => !overlap(place, other)));
  label.style.visibility = free.length ? 'visible' : 'hidden';
  if (!free.length) return;
  const hidden = (place) => islands.reduce((sum, island) => sum + overlap(place, island), 0);
  const best = free.reduce((found, place) => (hidden(place) < hidden(found) - 1 ? place : found));
  label.style.transform = `translate(${best.left}px, ${best.top}px)`;
  taken.push(best);
};

const toolBar = (chart) => {
  const bar = chart.querySelector('.modebar'), corner = chart.getBoundingClientRect();
  if (!bar) return box(0, 0, 0, 0);
  const own = bar.getBoundingClientRect();
  return box(own.left - corner.left, own.top - corner.top, own.width, own.height);
};

const inside = (point, area) => point.x >= area.left && point.x <= area.right
  && point.y >= area.top && point.y <= area.bottom;

const layOut = (chart, drawn, data) => {
  if (!chart._fullLayout?.xaxis?.d2p) return;
  const { area, zoom, at } = frame(chart), taken = [toolBar(chart)];
  const points = data.marks.map((mark) => at(mark.x, mark.y));
  drawn.clip.style.cssText = `left:${area.left}px;top:${area.top}px;`
    + `width:${area.right - area.left}px;height:${area.bottom - area.top}px`;
  drawn.path.setAttribute('points', points.map((p) => `${p.x - area.left},${p.y - area.top}`).join(' '));
  drawn.beside.forEach((dot, i) => {
    const { x, y } = at(...data.beside[i]);
    dot.setAttribute('cx', x - area.left);
    dot.setAttribute('cy', y - area.top);
  });
  drawn.rings.forEach((ring, i) => {
    const { x, y } = points[i];
    ring.style.display = inside(points[i], area) ? 'block' : 'none';
    ring.style.transform = `translate(${x - RING / 2}px, ${y - RING / 2}px)`;
    if (inside(points[i], area)) taken.push(box(x - RING / 2, y - RING / 2, RING, RING));
  });
  drawn.tags.forEach((tag, i) => {
    if (inside(points[i], area)) put(tag, box(points[i].x - RING / 2, points[i].y - RING / 2, RING, RING), area, taken, []);
    else tag.style.visibility = 'hidden';
  });
  const near = zoom >= CLOSE && data.names.some((name) => name.near);
  const boxes = data.names.map(({ low, high }) => {
    const a = at(low[0], high[1]), b = at(high[0], low[1]);
    return { left: a.x, top: a.y, right: b.x, bottom: b.y };
  });
  const islands = boxes.filter((_, i) => data.names[i].near === near);
  drawn.names.forEach((name, i) => {
    const seen = overlap(boxes[i], area) > 0 || inside({ x: boxes[i].left, y: boxes[i].top }, area);
    if (data.names[i].near !== near || !seen) { name.style.visibility = 'hidden'; return; }
    const part = {
      left: Math.max(boxes[i].left, area.left), top: Math.max(boxes[i].top, area.top),
      right: Math.min(boxes[i].right, area.right), bottom: Math.min(boxes[i].bottom, area.bottom),
    };
    put(name, part, area, taken, islands);
  });
};

const draw = (chart, data) => {
  // Beneath Plotly's own words for the pointer, which the tile of the input stands beside.
  const layer = element(chart, 'div', 'map-overlay'), words = chart._fullLayout._toppaper?.node();
  words?.parentNode.insertBefore(layer, words);
  layer.setAttribute('aria-hidden', 'true'); // all of it is told in words beside the map
  const clip = element(layer, 'div', 'map-line');
  const line = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  const path = document.createElementNS('http://www.w3.org/2000/svg', 'polyline');
  const beside = data.beside.map(() => document.createElementNS('http://www.w3.org/2000/svg', 'circle'));
  beside.forEach((dot) => dot.setAttribute('r', 4));
  line.append(...beside, path);
  clip.append(line);
  const names = data.names.map((name) => element(layer, 'span', 'map-name', name.text));
  const rings = data.marks.map(() => element(layer, 'div', 'map-ring'));
  const tags = data.marks.map((mark) => element(layer, 'span', 'map-tag', mark.title));
  const tip = element(chart, 'div', 'map-tip');
  tip.setAttribute('aria-hidden', 'true');
  chart.style.position = 'relative';
  return { layer, clip, path, beside, names, rings, tags, tip };
};

// Which input a point is: its side of a bank, and its row there.
const inputOf = (point) => ({ side: point.data.legendgroup, row: point.customdata });

const askFor = async (input, data, signal) => {
  const asked = new URLSearchParams({ run: data.run, ...input });
  const base = location.pathname.replace(/[^/]*\/?$/, ''); // the page's own name goes
  const reply = await fetch(`${base}${data.pointed}?${asked}`, { signal, credentials: 'same-origin' });
  return reply.ok ? reply.json() : null;
};

// The picture, or the words, of the input under the pointer, and what is known of it.
const showTip = (point, tip, said) => {
  const lines = said.lines.map((line) => {
    const made = document.createElement('p');
    made.textContent = line;
    return made;
  });
  const told = element(document.createDocumentFragment(), said.picture ? 'img' : 'p', 'told', said.told);
  if (said.picture) {
    told.src = said.picture;
    told.alt = '';
    told.style.imageRendering = said.shape[0] < 50 ? 'pixelated' : 'auto';
    told.style.height = TIP_HEIGHT + 'px';
  }
  tip.replaceChildren(told, ...lines);
  tip.style.display = 'block';
  const left = point.xaxis._offset + point.xaxis.d2p(point.x), top = point.yaxis._offset + point.yaxis.d2p(point.y);
  tip.style.left = (left > tip.offsetWidth + 22 ? left - tip.offsetWidth - 22 : left + 22) + 'px';
  tip.style.top = Math.max(0, top - tip.offsetHeight / 2) + 'px';
};

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

const noteMove = (chart, change, data) => {
  const { xaxis, yaxis } = chart._fullLayout;
  if (change['xaxis.autorange'] || change['yaxis.autorange']) memory.write(data.zoomKey, null);
  else if (Object.keys(change).some((name) => /^[xy]axis\.range/.test(name))) {
    memory.write(data.zoomKey, { x: [...xaxis.range], y: [...yaxis.range] });
  }
  if (change.dragmode) memory.write('sharcs-map-tool', change.dragmode);
};

const restoreView = (chart, data) => {
  const zoom = memory.read(data.zoomKey), tool = memory.read('sharcs-map-tool');
  const change = zoom ? { 'xaxis.range': zoom.x, 'yaxis.range': zoom.y } : {};
  if (tool && tool !== chart._fullLayout.dragmode) change.dragmode = tool;
  if (Object.keys(change).length) window.Plotly?.relayout(chart, change);
};

// The numbers of the points of a trace whose inputs are selected; of a selection see ``areas.py``.
const chosenOf = (rows, mask) => {
  const bits = atob(mask ?? ''), found = [];
  rows.forEach((row, number) => { if (bits.charCodeAt(row >> 3) >> (row & 7) & 1) found.push(number); });
  return found;
};

// Marks the selected points, where others are marked or none.
const markSelected = (chart, data) => {
  const any = Object.keys(data.selected).length > 0, points = [], traces = [];
  chart._fullData.forEach((trace, i) => {
    if (!trace.customdata) return;
    const wanted = any ? chosenOf(trace.customdata, data.selected[chart.data[i].legendgroup]) : null;
    const marked = chart.data[i].selectedpoints ?? null;
    const same = wanted === null ? marked === null
      : marked !== null && marked.length === wanted.length && wanted.every((number, at) => marked[at] === number);
    if (same) return;
    points.push(wanted);
    traces.push(i);
  });
  if (traces.length) window.Plotly?.restyle(chart, { selectedpoints: points }, traces);
};

// Of a lasso the server is told where it was drawn, and not which of many points lie there, with all known of each.
const tellAreasOnly = (chart) => {
  const emit = chart.emit;
  if (emit.tellsAreasOnly) return;
  const told = (name, event) => (name === 'plotly_selected' && event ? { ...event, points: [] } : event);
  chart.emit = (name, event) => emit.call(chart, name, told(name, event));
  chart.emit.tellsAreasOnly = true;
};

export default function ({ data, parentElement, setTriggerValue }) {
  parentElement.forget?.(); // a rerun calls this again without unmounting first
  const root = document.querySelector('.st-key-' + data.map);
  if (!root) return undefined;
  const kept = data.fresh ? memory.read(data.selectionKey) : null;
  if (kept) setTriggerValue('restored', kept);
  else if (!data.fresh) memory.write(data.selectionKey, Object.keys(data.selected).length ? data.selected : null);

  let chart = null, drawn = null;
  const place = () => layOut(chart, drawn, data);
  const moved = (change) => noteMove(chart, change ?? {}, data);
  let asking = null;
  const leave = () => {
    asking?.abort();
    if (drawn) drawn.tip.style.display = 'none';
  };
  const hover = async (event) => {
    asking?.abort();
    asking = new AbortController();
    const { signal } = asking, { tip } = drawn, point = event.points[0];
    try {
      const said = await askFor(inputOf(point), data, signal);
      if (said && !signal.aborted) showTip(point, tip, said);
    } catch { /* the pointer has gone on, or the server has gone */ }
  };
  // A point that is clicked becomes the chosen sample. Plotly would mark it, and paint all others anew for that.
  let pressed = null;
  const press = (event) => {
    const at = event.target.closest?.('.nsewdrag');
    pressed = at && event.button === 0 && chart?.contains(at) ? { x: event.clientX, y: event.clientY } : null;
  };
  const release = (event) => {
    const moved = pressed ? Math.hypot(event.clientX - pressed.x, event.clientY - pressed.y) : Infinity;
    const point = chart?._hoverdata?.[0];
    pressed = null;
    if (moved < MOVED && point) setTriggerValue('clicked', inputOf(point));
  };
  const deselect = () => {
    if (Object.keys(data.selected).length) setTriggerValue('cleared', true);
  };
  const listeners = [
    ['plotly_hover', hover], ['plotly_unhover', leave], ['plotly_relayout', moved],
    ['plotly_deselect', deselect], ['plotly_doubleclick', deselect], ...MOVES.map((name) => [name, place]),
  ];

  const detach = () => {
    if (!chart) return;
    for (const [name, call] of listeners) chart.removeListener?.(name, call);
    leave();
    drawn.layer.remove();
    drawn.tip.remove();
    chart = null;
  };
  const attach = (live) => {
    detach();
    chart = live;
    drawn = draw(chart, data);
    restoreView(chart, data);
    markSelected(chart, data);
    for (const [name, call] of listeners) chart.on(name, call);
    tellAreasOnly(chart);
    place();
  };
  const look = () => {
    const live = root.querySelector('.js-plotly-plot');
    const ready = live?._fullLayout?.xaxis?.d2p && live.on;
    if (ready && (live !== chart || !drawn.layer.isConnected)) attach(live);
    else if (chart) place();
  };
  look();
  const timer = setInterval(look, 150);
  addEventListener('pointerdown', press, true);
  addEventListener('pointerup', release, true);
  parentElement.forget = () => {
    clearInterval(timer);
    removeEventListener('pointerdown', press, true);
    removeEventListener('pointerup', release, true);
    detach();
  };
  return parentElement.forget;
}
