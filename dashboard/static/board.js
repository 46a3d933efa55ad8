// A board to draw on with mouse, pen or finger: ink on the ground that training pictures have. What is drawn is sent
// as a PNG a moment after the pen is lifted. The page calls this again after each of its runs; strokes stay. Beside it
// stands `strokes.js`.

const LONGEST = 280; // pixels of the longer side: fine enough for any input that is read as a whole
const PENS = { fine: 0.035, medium: 0.07, broad: 0.12 }; // of the shorter side

const line = (context, { points, width, isRubber }, inks) => {
  context.strokeStyle = context.fillStyle = isRubber ? inks.ground : inks.ink;
  drawLine(context, points, width);
};

const paint = (board) => {
  const { canvas, inks, before, strokes } = board;
  const context = canvas.getContext('2d');
  context.fillStyle = inks.ground;
  context.fillRect(0, 0, canvas.width, canvas.height);
  if (before) context.drawImage(before, 0, 0, canvas.width, canvas.height);
  strokes.forEach((stroke) => line(context, stroke, inks));
  board.root.querySelector('.hint').hidden = Boolean(before || strokes.length);
  board.root.querySelector('[data-do=undo]').disabled = !strokes.length;
  board.root.querySelector('[data-do=clear]').disabled = !(before || strokes.length);
};

const tell = (board) => {
  clearTimeout(board.waiting);
  board.waiting = setTimeout(() => {
    const isEmpty = !(board.before || board.strokes.length);
    board.send(isEmpty ? '' : board.canvas.toDataURL('image/png'));
  }, WAIT);
};

const changed = (board) => {
  paint(board);
  tell(board);
};

const begun = ({ canvas, pen, isRubber }) => ({
  width: PENS[pen] * Math.min(canvas.width, canvas.height) * (isRubber ? 2 : 1), isRubber,
});

const press = (board, { pen, do: action }) => {
  if (pen) {
    board.pen = pen;
    board.isRubber = false;
  } else if (action === 'rubber') {
    board.isRubber = !board.isRubber;
  } else {
    board.strokes = action === 'undo' ? board.strokes.slice(0, -1) : [];
    if (action === 'clear') board.before = null;
    changed(board);
  }
  board.root.querySelectorAll('[data-pen]').forEach((button) => {
    button.setAttribute('aria-pressed', !board.isRubber && button.dataset.pen === board.pen);
  });
  board.root.querySelector('[data-do=rubber]').setAttribute('aria-pressed', board.isRubber);
};

// What was drawn before the page was left or loaded again.
const restore = (board, png) => {
  if (!png) return;
  const picture = new Image();
  picture.onload = () => {
    board.before = picture;
    paint(board);
  };
  picture.src = png;
};

const grey = (share) => `rgb(${[share, share, share].map((one) => Math.round(255 * one))})`;

// Ink is dark on a light ground, and light on a dark one.
const inksOn = (ground) => ({ ground: grey(ground), ink: grey(ground > 0.5 ? 0 : 1) });

const begin = (root, data) => {
  const canvas = root.querySelector('canvas');
  const scale = LONGEST / Math.max(data.width, data.height);
  [canvas.width, canvas.height] = [data.width, data.height].map((side) => Math.max(1, Math.round(side * scale)));
  canvas.setAttribute('aria-label', data.says);
  const board = { root, canvas, inks: inksOn(data.ground), strokes: [], before: null, pen: 'medium', isRubber: false };
  watchStrokes(board, () => begun(board));
  watchButtons(root, (pressed) => press(board, pressed));
  paint(board);
  restore(board, data.drawn);
  return board;
};

export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  const root = parentElement.querySelector('.board');
  if (!boards.has(root)) boards.set(root, begin(root, data));
  const board = boards.get(root);
  board.send = (png) => setTriggerValue('drawn', { png });
  if (board.turn !== undefined && board.turn !== data.turn) { // something else was brought in its place
    clearTimeout(board.waiting);
    [board.strokes, board.before] = [[], null];
    paint(board);
  }
  board.turn = data.turn;
  return () => clearTimeout(board.waiting);
}
