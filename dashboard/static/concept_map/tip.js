// The picture, or the words, of the input under the pointer, and what is known of it; asked for when it is pointed at.

const TIP_HEIGHT = 112;
const ASIDE = 22; // pixels beside the point

const fillTip = (tip, said) => {
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
};

// To the left of its point where there is room, else to the right, and within the map.
const placeTip = ({ tip, width, height }, { x, y }) => {
  const left = x > tip.offsetWidth + ASIDE ? x - tip.offsetWidth - ASIDE : x + ASIDE;
  const within = (at, most) => Math.max(0, Math.min(at, most)) + 'px';
  tip.style.left = within(left, width - tip.offsetWidth);
  tip.style.top = within(y - tip.offsetHeight / 2, height - tip.offsetHeight);
};

// Which input a point is: its side of a bank, and its row there.
const inputOf = ({ points }, point) => ({ side: points.inks[points.of[point]].side, row: points.rows[point] });

const hideTip = (chart) => {
  chart.asking?.abort();
  chart.hovered = null;
  chart.tip.style.display = 'none';
};

const tellOf = async (chart, point) => {
  if (point === chart.hovered) return;
  hideTip(chart);
  if (point === null) return;
  chart.hovered = point;
  chart.asking = new AbortController();
  const { signal } = chart.asking, asked = new URLSearchParams({ run: chart.data.run, ...inputOf(chart, point) });
  try {
    const said = await (await askServer(`${chart.data.pointed}?${asked}`, signal)).json();
    if (signal.aborted) return;
    fillTip(chart.tip, said);
    placeTip(chart, chart.at(chart.points.x[point], chart.points.y[point]));
  } catch { /* the pointer has gone on, or the server has gone */ }
};
