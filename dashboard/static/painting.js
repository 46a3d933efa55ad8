// Paint over a picture what should have mattered in it: a box by two corners, a brush, a rubber; with mouse, pen or
// finger. What is painted is sent as a PNG, white on black, a moment after the pen is lifted. The page calls this again
// after each of its runs; strokes stay as long as picture and turn are the same. Beside it stands `strokes.js`.

const LONGEST = 480; // pixels of the longer side of what is painted on
const BRUSH = 0.09; // of the shorter side
const COVER = 0.55; // how much of the colour lies over what is marked

const sheetOf = (board) => Object.assign(document.createElement('canvas'), {
  width: board.canvas.width, height: board.canvas.height,
});

const draw = (context, stroke) => {
  context.globalCompositeOperation = stroke.tool === 'rubber' ? 'destination-out' : 'source-over';
  context.fillStyle = context.strokeStyle = '#fff';
  if (stroke.tool !== 'box') {
    drawLine(context, stroke.points, stroke.width);
    return;
  }
  const [x, y] = stroke.points[0], [right, bottom] = stroke.points.at(-1);
  context.fillRect(Math.min(x, right), Math.min(y, bottom), Math.abs(right - x), Math.abs(bottom - y));
};

// What is marked, white where it is and clear elsewhere.
const marked = (board) => {
  const sheet = sheetOf(board), context = sheet.getContext('2d');
  if (board.before) context.drawImage(board.before, 0, 0, sheet.width, sheet.height);
  board.strokes.forEach((stroke) => draw(context, stroke));
  return sheet;
};

const paint = (board) => {
  const { canvas } = board, context = canvas.getContext('2d');
  const tint = marked(board), over = tint.getContext('2d');
  over.globalCompositeOperation = 'source-in';
  over.fillStyle = board.colour;
  over.fillRect(0, 0, tint.width, tint.height);
  context.clearRect(0, 0, canvas.width, canvas.height);
  if (board.ground) context.drawImage(board.ground, 0, 0, canvas.width, canvas.height);
  context.globalAlpha = COVER;
  context.drawImage(tint, 0, 0);
  context.globalAlpha = 1;
  board.root.querySelector('[data-do=undo]').disabled = !board.strokes.length;
  board.root.querySelector('[data-do=clear]').disabled = !(board.before || board.strokes.length);
};

const tell = (board) => {
  clearTimeout(board.waiting);
  board.waiting = setTimeout(() => {
    if (!(board.before || board.strokes.length)) return board.send('');
    const sheet = sheetOf(board), context = sheet.getContext('2d');
    context.fillStyle = '#000';
    context.fillRect(0, 0, sheet.width, sheet.height);
    context.drawImage(marked(board), 0, 0);
    return board.send(sheet.toDataURL('image/png'));
  }, WAIT);
};

// A corner beyond the picture lies on its edge.
const placeWithin = (canvas, event) => {
  const most = [canvas.width, canvas.height];
  return placeOn(canvas, event).map((value, axis) => Math.min(most[axis], Math.max(0, value)));
};

const loaded = (source, then) => {
  if (!source) return then(null);
  const picture = new Image();
  picture.onload = () => then(picture);
  picture.src = source;
  return picture;
};

// A mask, white on black, as what is marked: its brightness becomes how much it covers.
const asMarks = (board, picture) => {
  const sheet = sheetOf(board), context = sheet.getContext('2d');
  context.imageSmoothingEnabled = false;
  context.drawImage(picture, 0, 0, sheet.width, sheet.height);
  const pixels = context.getImageData(0, 0, sheet.width, sheet.height);
  for (let at = 0; at < pixels.data.length; at += 4) {
    pixels.data[at + 3] = pixels.data[at] > 127 ? 255 : 0;
    pixels.data.fill(255, at, at + 3);
  }
  context.putImageData(pixels, 0, 0);
  return sheet;
};

const start = (board, source, isNew) => loaded(source, (picture) => {
  board.before = picture && asMarks(board, picture);
  board.strokes = [];
  paint(board);
  if (isNew) tell(board);
});

const press = (board, { tool, do: action }) => {
  if (tool) board.tool = tool;
  if (action === 'light') start(board, board.light, true);
  if (action === 'undo' || action === 'clear') {
    board.strokes = action === 'undo' ? board.strokes.slice(0, -1) : [];
    if (action === 'clear') board.before = null;
    paint(board);
    tell(board);
  }
  board.root.querySelectorAll('[data-tool]').forEach((button) => {
    button.setAttribute('aria-pressed', button.dataset.tool === board.tool);
  });
};

const begin = (root) => {
  const board = { root, canvas: root.querySelector('canvas'), strokes: [], before: null, tool: 'box' };
  const { canvas } = board;
  const begun = () => ({ tool: board.tool, width: BRUSH * Math.min(canvas.width, canvas.height) });
  watchStrokes(board, begun, placeWithin);
  watchButtons(root, (pressed) => press(board, pressed));
  return board;
};

// Another picture, or something else put in place of what was painted.
const take = (board, data) => {
  const scale = LONGEST / Math.max(...data.size);
  [board.canvas.width, board.canvas.height] = data.size.map((side) => Math.max(1, Math.round(side * scale)));
  board.canvas.setAttribute('aria-label', data.says);
  [board.colour, board.light, board.ground] = [data.colour, data.light, null];
  loaded(data.ground, (picture) => {
    board.ground = picture;
    paint(board);
  });
  start(board, data.mask, false);
};

export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  const root = parentElement.querySelector('.painting');
  if (!boards.has(root)) boards.set(root, begin(root));
  const board = boards.get(root);
  board.send = (png) => setTriggerValue('painted', { key: data.key, png });
  if (board.turn !== data.turn || board.key !== data.key) {
    clearTimeout(board.waiting);
    [board.turn, board.key] = [data.turn, data.key];
    take(board, data);
  }
  return () => clearTimeout(board.waiting);
}
