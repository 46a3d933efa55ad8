// What lies over the points: names of islands, rings and a line for the chosen sample, and what is drawn around.
// Rings and names are laid out anew whenever the view changes.

const RING = 22;
const CLOSE = 2.2; // from this zoom on the finer names are shown
const GAP = 3;

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

const inside = (point, area) => point.x >= area.left && point.x <= area.right
  && point.y >= area.top && point.y <= area.bottom;

// Places for a label of that size beside what it names, within the area, the best first.
const placesBeside = (named, width, height, area) => {
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
  const free = placesBeside(named, label.width, label.height, area)
    .filter((place) => taken.every((other) => !overlap(place, other)));
  label.style.visibility = free.length ? 'visible' : 'hidden';
  if (!free.length) return;
  const hidden = (place) => islands.reduce((sum, island) => sum + overlap(place, island), 0);
  const best = free.reduce((found, place) => (hidden(place) < hidden(found) - 1 ? place : found));
  label.style.transform = `translate(${best.left}px, ${best.top}px)`;
  taken.push(best);
};

// A label; its size is read once, all sizes together.
const measured = (labels) => labels.map((one) => ({ style: one.style, width: one.offsetWidth, height: one.offsetHeight }));

// The names, rings and tags of what the page says; in place of those that it said before.
const drawOverlay = (root, data) => {
  const layer = root.querySelector('.map-overlay'), line = layer.querySelector('svg');
  layer.querySelectorAll('.map-name, .map-ring, .map-tag, circle').forEach((former) => former.remove());
  const beside = data.beside.map(() => document.createElementNS('http://www.w3.org/2000/svg', 'circle'));
  beside.forEach((dot) => dot.setAttribute('r', 4));
  line.prepend(...beside);
  const names = data.names.map((name) => element(layer, 'span', 'map-name', name.text));
  const rings = data.marks.map(() => element(layer, 'div', 'map-ring'));
  const tags = data.marks.map((mark) => element(layer, 'span', 'map-tag', mark.title));
  return { path: line.querySelector('polyline'), beside, rings, names: measured(names), tags: measured(tags) };
};

const layOut = (chart) => {
  const { data, overlay, width, height, at } = chart, area = box(0, 0, width, height), taken = [];
  const points = data.marks.map((mark) => at(mark.x, mark.y));
  overlay.path.setAttribute('points', points.map((p) => `${p.x},${p.y}`).join(' '));
  overlay.beside.forEach((dot, i) => {
    const { x, y } = at(...data.beside[i]);
    dot.setAttribute('cx', x);
    dot.setAttribute('cy', y);
  });
  overlay.rings.forEach((ring, i) => {
    const { x, y } = points[i];
    ring.style.display = inside(points[i], area) ? 'block' : 'none';
    ring.style.transform = `translate(${x - RING / 2}px, ${y - RING / 2}px)`;
    if (inside(points[i], area)) taken.push(box(x - RING / 2, y - RING / 2, RING, RING));
  });
  overlay.tags.forEach((tag, i) => {
    if (inside(points[i], area)) put(tag, box(points[i].x - RING / 2, points[i].y - RING / 2, RING, RING), area, taken, []);
    else tag.style.visibility = 'hidden';
  });
  layOutNames(chart, area, taken);
};

const layOutNames = ({ data, overlay, zoom, at }, area, taken) => {
  const near = zoom >= CLOSE && data.names.some((name) => name.near);
  const boxes = data.names.map(({ low, high }) => {
    const a = at(low[0], high[1]), b = at(high[0], low[1]);
    return { left: a.x, top: a.y, right: b.x, bottom: b.y };
  });
  const islands = boxes.filter((_, i) => data.names[i].near === near);
  overlay.names.forEach((name, i) => {
    const seen = overlap(boxes[i], area) > 0 || inside({ x: boxes[i].left, y: boxes[i].top }, area);
    if (data.names[i].near !== near || !seen) { name.style.visibility = 'hidden'; return; }
    const part = {
      left: Math.max(boxes[i].left, area.left), top: Math.max(boxes[i].top, area.top),
      right: Math.min(boxes[i].right, area.right), bottom: Math.min(boxes[i].bottom, area.bottom),
    };
    put(name, part, area, taken, islands);
  });
};

// The shades of a concept, from off to on.
const drawBar = (root, scale) => {
  const bar = root.querySelector('.map-bar');
  bar.hidden = !scale.length;
  bar.querySelector('i').style.background = `linear-gradient(to top, ${scale.join(', ')})`;
};
