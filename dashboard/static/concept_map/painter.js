// Paints points with WebGL: each a shape in a colour, smooth at its edge. All points are sent to the graphics memory
// once; what a colour, a choice or a zoom changes is sent by itself.

const SHAPES = [
  'circle', 'diamond', 'square', 'triangle-up', 'star', 'triangle-down', 'hexagon', 'pentagon', 'cross', 'x',
];
const HALO = 18; // pixels: the disc below a mistake
const HALO_COLOUR = [207 / 255, 32 / 255, 54 / 255, 0.18];

const CORNERS = `#version 300 es
in vec2 place;
in vec4 colour;
in vec2 form; // the number of the shape, and of the hollow ones a hundred more; the diameter
uniform vec2 low, high;
uniform float scale, halo;
uniform vec4 haloColour;
flat out vec4 paint;
flat out vec2 shape;
flat out float radius, reach;
// How far each shape reaches, in radii: what lies beyond need not be looked at.
const float REACHES[10] = float[10](1.0, 1.3, 0.9, 1.25, 1.3, 1.25, 1.1, 1.1, 1.15, 1.15);
void main() {
  gl_Position = vec4((place - low) / (high - low) * 2.0 - 1.0, 0.0, 1.0);
  paint = halo > 0.0 ? haloColour : colour;
  shape = halo > 0.0 ? vec2(0.0) : vec2(mod(form.x, 100.0), step(100.0, form.x));
  radius = (halo > 0.0 ? halo : form.y) * scale / 2.0;
  reach = radius * REACHES[int(shape.x + 0.5)] + 0.5; // and half a pixel in which the edge fades
  gl_PointSize = 2.0 * reach;
}`;

// Distances from the edge of shapes of radius 1, after Inigo Quilez, "2D distance functions".
const SURFACE = `#version 300 es
precision highp float;
flat in vec4 paint;
flat in vec2 shape;
flat in float radius, reach;
out vec4 pixel;
float regular(vec2 p, float n) { // a side on top
  float step = 3.14159265 / n, turn = atan(p.x, p.y);
  turn = mod(turn + step, 2.0 * step) - step;
  return length(p) * cos(turn) - cos(step);
}
float star(vec2 p) {
  float step = 3.14159265 / 5.0, turn = abs(mod(atan(p.x, p.y) + step, 2.0 * step) - step);
  vec2 q = length(p) * vec2(cos(turn), sin(turn)), tip = vec2(1.3, 0.0), dent = 0.55 * vec2(cos(step), sin(step));
  vec2 along = normalize(dent - tip);
  return along.y * (q.x - tip.x) - along.x * (q.y - tip.y);
}
float cross4(vec2 p) {
  p = abs(p);
  p = p.y > p.x ? p.yx : p;
  return max(p.x - 1.15, p.y - 0.42);
}
float edge(vec2 p, int shape) {
  if (shape == 0) return length(p) - 1.0;
  if (shape == 1) return (abs(p.x) + abs(p.y) - 1.3) * 0.7071;
  if (shape == 2) return max(abs(p.x), abs(p.y)) - 0.9;
  if (shape == 3) return regular(vec2(p.x, -p.y) / 1.25, 3.0) * 1.25;
  if (shape == 4) return star(p);
  if (shape == 5) return regular(p / 1.25, 3.0) * 1.25;
  if (shape == 6) return regular(p.yx / 1.1, 6.0) * 1.1;
  if (shape == 7) return regular(vec2(p.x, -p.y) / 1.1, 5.0) * 1.1;
  if (shape == 8) return cross4(p);
  return cross4(vec2(p.x + p.y, p.y - p.x) * 0.7071);
}
void main() {
  vec2 p = (gl_PointCoord * 2.0 - 1.0) * vec2(1.0, -1.0) * reach / radius;
  float away = edge(p, int(shape.x + 0.5)) * radius;
  if (shape.y > 0.5) away = abs(away + 0.7) - 0.7; // hollow
  float alpha = paint.a * clamp(0.5 - away, 0.0, 1.0);
  if (alpha <= 0.0) discard;
  pixel = vec4(paint.rgb * alpha, alpha);
}`;

const compiled = (gl, kind, source) => {
  const shader = gl.createShader(kind);
  gl.shaderSource(shader, source);
  gl.compileShader(shader);
  return shader;
};

const programOf = (gl) => {
  const program = gl.createProgram();
  gl.attachShader(program, compiled(gl, gl.VERTEX_SHADER, CORNERS));
  gl.attachShader(program, compiled(gl, gl.FRAGMENT_SHADER, SURFACE));
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS) && !gl.isContextLost()) {
    throw new Error(gl.getProgramInfoLog(program));
  }
  return program;
};

// Painter of a canvas; null where the browser has no WebGL.
const painterOf = (canvas) => {
  const gl = canvas.getContext('webgl2', { antialias: false, depth: false, powerPreference: 'low-power' });
  return gl && { canvas, gl, ...begun(gl) };
};

const begun = (gl) => {
  const program = programOf(gl), buffers = {};
  for (const [name, size, kind] of [['place', 2, gl.FLOAT], ['colour', 4, gl.UNSIGNED_BYTE], ['form', 2, gl.UNSIGNED_BYTE]]) {
    const at = gl.getAttribLocation(program, name);
    buffers[name] = gl.createBuffer();
    gl.bindBuffer(gl.ARRAY_BUFFER, buffers[name]);
    gl.enableVertexAttribArray(at);
    gl.vertexAttribPointer(at, size, kind, name === 'colour', 0, 0);
  }
  buffers.order = gl.createBuffer();
  const uniforms = Object.fromEntries(
    ['low', 'high', 'scale', 'halo', 'haloColour'].map((name) => [name, gl.getUniformLocation(program, name)]),
  );
  return { program, buffers, uniforms, n: 0, nPlain: 0 };
};

const sendTo = (painter, name, values) => {
  const { gl, buffers } = painter;
  gl.bindBuffer(gl.ARRAY_BUFFER, buffers[name]);
  gl.bufferData(gl.ARRAY_BUFFER, values, gl.STATIC_DRAW);
};

// Which points are painted after which, those with a halo last, of which there are n - nPlain.
const sendOrder = (painter, order, nPlain) => {
  const { gl, buffers } = painter;
  gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, buffers.order);
  gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, order, gl.STATIC_DRAW);
  Object.assign(painter, { n: order.length, nPlain });
};

const fit = (canvas) => {
  const scale = Math.min(devicePixelRatio || 1, 2);
  const [width, height] = [canvas.clientWidth, canvas.clientHeight].map((side) => Math.max(1, Math.round(side * scale)));
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  return scale;
};

const paintPoints = (painter, view) => {
  const { canvas, gl, program, buffers, uniforms, n, nPlain } = painter;
  if (gl.isContextLost()) return;
  const scale = fit(canvas);
  gl.viewport(0, 0, canvas.width, canvas.height);
  gl.clearColor(0, 0, 0, 0);
  gl.clear(gl.COLOR_BUFFER_BIT);
  gl.useProgram(program);
  gl.enable(gl.BLEND);
  gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
  gl.uniform2f(uniforms.low, view.x[0], view.y[0]);
  gl.uniform2f(uniforms.high, view.x[1], view.y[1]);
  gl.uniform1f(uniforms.scale, scale);
  gl.uniform4fv(uniforms.haloColour, HALO_COLOUR);
  gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, buffers.order);
  const draw = (first, end, halo) => {
    gl.uniform1f(uniforms.halo, halo);
    if (end > first) gl.drawElements(gl.POINTS, end - first, gl.UNSIGNED_INT, 4 * first);
  };
  draw(0, nPlain, 0);
  draw(nPlain, n, HALO);
  draw(nPlain, n, 0);
};

const giveBack = (painter) => painter?.gl.getExtension('WEBGL_lose_context')?.loseContext();
