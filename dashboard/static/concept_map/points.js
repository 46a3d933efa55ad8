// What is known of the points, and what of it decides how they look: their inks, and which of them are selected.

const FADED = 0.18;
const LARGER = (size) => (size <= 4 ? 1 : 2); // pixels that a selected point is larger by

const fetched = new Map(); // what was asked for last, by address
const MOST_FETCHED = 6;

// The bytes of an address of the server; asked for once while a page is open.
const bytesOf = (address) => {
  if (!fetched.has(address)) {
    const asked = askServer(address).then((reply) => reply.arrayBuffer());
    asked.catch(() => fetched.delete(address));
    fetched.set(address, asked);
    if (fetched.size > MOST_FETCHED) fetched.delete(fetched.keys().next().value);
  }
  return fetched.get(address);
};

// An address of the server, below where the app lies.
const askServer = async (address, signal) => {
  const base = location.pathname.replace(/[^/]*\/?$/, ''); // the page's own name goes
  const reply = await fetch(base + address, { signal, credentials: 'same-origin' });
  if (!reply.ok) throw new Error((await reply.json().catch(() => ({}))).fault ?? String(reply.status));
  return reply;
};

const placesIn = (bytes) => {
  const n = bytes.byteLength / 12;
  return { n, x: new Float32Array(bytes, 0, n), y: new Float32Array(bytes, 4 * n, n), rows: new Int32Array(bytes, 8 * n, n) };
};

// The points of a map: n of them, x and y, rows of their sides, the number of each one's ink, and the inks.
const pointsFor = async ({ points, painted, inks }) => {
  const [lie, of] = await Promise.all([bytesOf(points), bytesOf(painted)]);
  return { ...placesIn(lie), of: new Uint16Array(of), inks };
};

const interleaved = ({ n, x, y }) => {
  const both = new Float32Array(2 * n);
  for (let i = 0; i < n; i++) { both[2 * i] = x[i]; both[2 * i + 1] = y[i]; }
  return both;
};

// Which points are selected, 1 each; null where nothing is. Of a selection see `areas.py`.
const chosenOf = ({ n, rows, of, inks }, selected) => {
  if (!Object.keys(selected).length) return null;
  const masks = inks.map((ink) => atob(selected[ink.side] ?? '')), chosen = new Uint8Array(n);
  for (let i = 0; i < n; i++) chosen[i] = masks[of[i]].charCodeAt(rows[i] >> 3) >> (rows[i] & 7) & 1; // beyond its end: 0
  return chosen;
};

const channels = (colour) => [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));

// Colour and form of each point.
const looksOf = ({ n, of, inks }, chosen) => {
  const tones = inks.map((ink) => channels(ink.colour)), opacities = inks.map((ink) => 255 * ink.opacity);
  const shapes = inks.map((ink) => Math.max(0, SHAPES.indexOf(ink.symbol)) + 100 * ink.hollow);
  const colour = new Uint8Array(4 * n), form = new Uint8Array(2 * n);
  for (let i = 0; i < n; i++) {
    const ink = of[i], tone = tones[ink];
    colour[4 * i] = tone[0]; colour[4 * i + 1] = tone[1]; colour[4 * i + 2] = tone[2];
    colour[4 * i + 3] = chosen === null ? opacities[ink] : chosen[i] ? 255 : 255 * FADED;
    form[2 * i] = shapes[ink];
    form[2 * i + 1] = inks[ink].size + (chosen?.[i] && !inks[ink].fault ? LARGER(inks[ink].size) : 0);
  }
  return { colour, form };
};

// Points without a fault first, the selected ones last of these; then by fault. How many have none.
const orderOf = ({ n, of, inks }, chosen) => {
  const order = new Uint32Array(n), most = Math.max(0, ...inks.map((ink) => ink.fault));
  let next = 0, nPlain = 0;
  const take = (fault, which) => {
    for (let i = 0; i < n; i++) if (inks[of[i]].fault === fault && (!chosen || chosen[i] === which)) order[next++] = i;
  };
  for (let fault = 0; fault <= most; fault++) {
    take(fault, 0);
    if (chosen) take(fault, 1);
    if (!fault) nPlain = next;
  }
  return { order, nPlain };
};

// The point nearest to a place on the screen, null where none is near; what has a fault is met from farther.
const NEAR = 12; // pixels
const nearestTo = ({ n, x, y, of, inks }, chart, place) => {
  const { width, height, view } = chart;
  const sx = width / (view.x[1] - view.x[0]), sy = height / (view.y[1] - view.y[0]);
  const px = view.x[0] + place.x / sx, py = view.y[1] - place.y / sy;
  const faults = inks.map((ink) => ink.fault > 0);
  let best = null, least = NEAR;
  for (let i = 0; i < n; i++) {
    const dx = (x[i] - px) * sx, dy = (y[i] - py) * sy;
    if (dx > NEAR || dx < -NEAR || dy > NEAR || dy < -NEAR) continue;
    const away = Math.hypot(dx, dy), counts = faults[of[i]] ? away - HALO / 2 : away;
    if (away < NEAR && counts < least) [best, least] = [i, counts];
  }
  return best;
};
