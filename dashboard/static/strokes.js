// What is drawn by hand on a canvas, stroke by stroke, with mouse, pen or finger: for the scripts beside this one.

const WAIT = 250; // milliseconds without a further stroke until what is drawn is sent

const boards = new WeakMap();

const placeOn = (canvas, event) => {
  const frame = canvas.getBoundingClientRect();
  return [
    ((event.clientX - frame.left) * canvas.width) / frame.width,
    ((event.clientY - frame.top) * canvas.height) / frame.height,
  ];
};

// A line through points; a dot where there is but one.
const drawLine = (context, [[x, y], ...further], width) => {
  context.lineWidth = width;
  context.lineCap = context.lineJoin = 'round';
  context.beginPath();
  if (further.length) {
    context.moveTo(x, y);
    further.forEach((point) => context.lineTo(...point));
    context.stroke();
  } else {
    context.arc(x, y, width / 2, 0, 2 * Math.PI);
    context.fill();
  }
};

// Adds to the board's strokes what a pointer draws: `begun` says how thick a stroke is, and what else there is to it.
const watchStrokes = (board, begun, place = placeOn) => {
  const { canvas } = board;
  let stroke = null;
  canvas.onpointerdown = (event) => {
    if (stroke || event.button) return; // a second finger, another button
    event.preventDefault();
    clearTimeout(board.waiting);
    canvas.setPointerCapture(event.pointerId);
    stroke = { id: event.pointerId, points: [place(canvas, event)], ...begun() };
    board.strokes.push(stroke);
    paint(board);
  };
  canvas.onpointermove = (event) => {
    if (stroke?.id !== event.pointerId) return;
    const moves = event.getCoalescedEvents?.() ?? [];
    stroke.points.push(...(moves.length ? moves : [event]).map((move) => place(canvas, move)));
    paint(board);
  };
  canvas.onpointerup = canvas.onpointercancel = (event) => {
    if (stroke?.id !== event.pointerId) return;
    stroke = null;
    tell(board);
  };
};

// Calls for the button that is pressed.
const watchButtons = (root, pressed) => {
  root.onclick = (event) => {
    const button = event.target.closest('button');
    if (button && !button.disabled) pressed(button.dataset);
  };
};
