// A picture and its sentence: a word lights where it comes from, a place the words that come from it. All that is shown
// was made before; nothing is asked of the server. The page calls this again after each of its runs; what is pressed
// stays pressed as long as the picture is the same.

const states = new WeakMap();
const LEAST = 0.15; // of a word's strongest place: less is not lit
const MOST = 85; // per cent of the colour that the strongest gets

const said = (root, head, comes = '', concepts = '', without = '') => {
  root.querySelector('.read-out b').textContent = head;
  root.querySelector('.comes').textContent = comes;
  root.querySelector('.concepts').textContent = concepts;
  root.querySelector('.without').textContent = without;
};

const wordsFrom = (data, place) =>
  data.words.filter((_, word) => data.strengths[place][word] >= LEAST).map((word) => `“${word}”`);

const told = (data, place) => [
  data.concepts.length ? `Concepts, with how much of each is read there: ${data.concepts[place] || 'none'}.` : '',
  `Had it not looked there: ${data.without[place]}.`,
];

const show = (root, state) => {
  const { data, pressed } = state;
  const n = data.grid[0] * data.grid[1];
  const word = pressed?.word;
  const cell = pressed?.cell;
  root.querySelector('.lit').src = word === undefined ? data.map : data.regions[word];
  root.querySelector('.of-lit').textContent =
    (word === undefined ? 'Where it looks' : `Where “${data.words[word]}” comes from`) +
    (data.outline ? '; outlined is what truly matters' : '');
  root.querySelectorAll('.words button').forEach((button, place) => {
    button.setAttribute('aria-pressed', place === word);
    const share = cell === undefined ? (place === word ? 1 : 0) : data.strengths[cell][place];
    button.style.setProperty('--share', `${share >= LEAST ? Math.round(MOST * Math.min(1, share)) : 0}%`);
  });
  root.querySelectorAll('.cells button').forEach((button, place) => {
    button.setAttribute('aria-pressed', place === cell);
    button.tabIndex = place === state.at ? 0 : -1;
  });
  if (word !== undefined) {
    said(root, `“${data.words[word]}” comes from what is lit.`, '', ...told(data, n + word));
  } else if (cell !== undefined) {
    const words = wordsFrom(data, cell);
    said(root, `Row ${Math.floor(cell / data.grid[1]) + 1}, column ${(cell % data.grid[1]) + 1}`,
      words.length ? `Words that come from there: ${words.join(', ')}.` : 'No word comes from there.',
      ...told(data, cell));
  } else {
    said(root, 'Press a word to see where in the picture it comes from, or a place to see what comes from there.', '',
      ...told(data, n + data.words.length));
  }
};

const press = (root, state, pressed) => {
  const isSame = state.pressed && state.pressed.word === pressed?.word && state.pressed.cell === pressed?.cell;
  state.pressed = isSame ? null : pressed;
  show(root, state);
};

const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

const step = (root, state, key) => {
  const [rows, columns] = state.data.grid;
  const [down, right] = STEPS[key];
  const row = Math.min(rows - 1, Math.max(0, Math.floor(state.at / columns) + down));
  const column = Math.min(columns - 1, Math.max(0, (state.at % columns) + right));
  state.at = row * columns + column;
  show(root, state);
  root.querySelectorAll('.cells button')[state.at].focus();
};

const build = (root, state) => {
  const { data } = state;
  const [width, height] = data.size;
  root.style.setProperty('--light', data.colour);
  root.querySelector('.bare').src = data.bare;
  root.querySelector('.bare').alt = data.title;
  root.querySelector('.lit').alt = `${data.title}, lit where the model looks`;
  root.querySelectorAll('img').forEach((image) => {
    image.style.aspectRatio = `${width} / ${height}`;
    image.style.imageRendering = Math.max(width, height) <= 64 ? 'pixelated' : 'auto';
  });
  root.querySelectorAll('svg').forEach((svg) => {
    svg.setAttribute('viewBox', `0 0 ${width} ${height}`);
    svg.querySelectorAll('path').forEach((path) => path.setAttribute('d', data.outline));
  });
  root.querySelector('.of-bare').textContent = 'The picture';
  const cells = root.querySelector('.cells');
  cells.style.gridTemplate = `repeat(${data.grid[0]}, 1fr) / repeat(${data.grid[1]}, 1fr)`;
  cells.replaceChildren(...data.without.slice(0, data.grid[0] * data.grid[1]).map((_, place) => {
    const button = document.createElement('button');
    button.setAttribute('aria-label', `Row ${Math.floor(place / data.grid[1]) + 1}, column ${(place % data.grid[1]) + 1}`);
    button.onclick = () => { state.at = place; press(root, state, { cell: place }); };
    return button;
  }));
  const words = root.querySelector('.words');
  words.replaceChildren(...data.words.map((word, place) => {
    const button = document.createElement('button');
    button.textContent = word;
    button.onclick = () => press(root, state, { word: place });
    return button;
  }));
  if (!data.words.length) {
    words.innerHTML = '<span class="none">It says nothing: it was trained without sentences.</span>';
  }
  root.onkeydown = (event) => {
    if (event.key === 'Escape' && state.pressed) press(root, state, null);
    else if (event.key in STEPS && event.target.closest('.cells')) step(root, state, event.key);
    else return;
    event.preventDefault();
  };
};

export default function (component) {
  const { data, parentElement } = component;
  const root = parentElement.querySelector('.looking');
  const before = states.get(root);
  const state = { data, pressed: null, at: 0 };
  if (before && before.data.key === data.key) Object.assign(state, { pressed: before.pressed, at: before.at });
  states.set(root, state);
  build(root, state);
  show(root, state);
}
