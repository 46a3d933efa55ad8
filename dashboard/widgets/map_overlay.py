"""What moves over the map without changing it: rings on the chosen sample, the input under the pointer."""

from __future__ import annotations

from typing import Any

import streamlit as st

MAP_KEY = "map"
ATLAS_KEY = "map-atlas"

# Plotly draws no pictures on hover, and a changed figure loses zoom and selection; so a script reads the live
# chart and places plain elements over it.
SCRIPT = """
export default function (component) {
  const { data, parentElement } = component;
  parentElement.forget?.();  // a rerun calls this again without unmounting first
  const root = document.querySelector('.st-key-' + data.map);
  if (!root) return;
  const state = { chart: null, layer: null, tip: null };

  const place = () => {
    const layout = state.chart && state.chart._fullLayout;
    if (!layout || !layout.xaxis || !state.layer) return;
    const { xaxis, yaxis } = layout;
    state.layer.querySelectorAll('.ring').forEach((ring, i) => {
      const mark = data.marks[i];
      const left = xaxis._offset + xaxis.d2p(mark.x), top = yaxis._offset + yaxis.d2p(mark.y);
      const inside = left >= xaxis._offset && left <= xaxis._offset + xaxis._length
        && top >= yaxis._offset && top <= yaxis._offset + yaxis._length;
      ring.style.display = inside ? 'block' : 'none';
      ring.style.transform = `translate(${left - 11}px, ${top - 11}px)`;
    });
  };

  const hover = (event) => {
    const point = event.points[0], image = document.querySelector('.st-key-' + data.atlas + ' img');
    const from = point.data.meta && point.data.meta.atlas, start = data.starts[from];
    const said = (data.sentences[from] || [])[point.pointNumber ?? point.pointIndex];
    if (said === undefined && (start === undefined || !image)) return;
    const ratio = data.tile[0] / data.tile[1], height = 112, width = said === undefined ? height * ratio : 190;
    const left = point.xaxis._offset + point.xaxis.d2p(point.x), top = point.yaxis._offset + point.yaxis.d2p(point.y);
    const shown = said === undefined ? tile(start + (point.pointNumber ?? point.pointIndex), width, height, image) : {
      height: 'auto', padding: '10px 12px', backgroundImage: 'none',
    };
    state.tip.textContent = said ?? '';
    Object.assign(state.tip.style, shown, { display: 'block', width: width + 'px' });
    const tall = state.tip.offsetHeight;
    Object.assign(state.tip.style, {
      left: (left > width + 40 ? left - width - 22 : left + 22) + 'px', top: Math.max(0, top - tall - 22) + 'px',
    });
  };
  const tile = (number, width, height, image) => ({
    height: height + 'px', padding: 0,
    backgroundImage: `url("${image.src}")`,
    backgroundSize: `${data.columns * width}px auto`,
    backgroundPosition: `-${(number % data.columns) * width}px -${Math.floor(number / data.columns) * height}px`,
  });
  const leave = () => { state.tip.style.display = 'none'; };

  const detach = () => {
    if (!state.chart) return;
    for (const [name, call] of [['plotly_hover', hover], ['plotly_unhover', leave], ['plotly_relayout', place],
      ['plotly_relayouting', place], ['plotly_afterplot', place]]) state.chart.removeListener?.(name, call);
    state.layer.remove();
    state.chart = null;
  };

  const attach = (chart) => {
    detach();
    state.chart = chart;
    state.layer = document.createElement('div');
    state.layer.className = 'map-overlay';
    state.layer.style.cssText = 'position:absolute;inset:0;pointer-events:none;overflow:hidden;z-index:5';
    for (const mark of data.marks) {
      const ring = document.createElement('div');
      ring.className = 'ring';
      ring.style.cssText = 'position:absolute;left:0;top:0;width:22px;height:22px;border-radius:50%;'
        + `box-sizing:border-box;border:3px solid ${data.chosen};box-shadow:0 0 0 2px #fff, inset 0 0 0 1.5px #fff;`;
      state.layer.append(ring);
    }
    state.tip = document.createElement('div');
    state.tip.className = 'map-tip';
    state.tip.style.cssText = 'position:absolute;display:none;border-radius:8px;'
      + 'border:1px solid #8A93A6;box-shadow:0 4px 14px rgba(0,0,0,.28);background-color:#0B0D12;'
      + 'color:#F2F4F8;font-size:15px;line-height:1.3;';
    state.tip.style.imageRendering = data.tile[0] < 50 ? 'pixelated' : 'auto';
    state.layer.append(state.tip);
    chart.style.position = 'relative';
    chart.append(state.layer);
    chart.on('plotly_hover', hover);
    chart.on('plotly_unhover', leave);
    for (const name of ['plotly_relayout', 'plotly_relayouting', 'plotly_afterplot']) chart.on(name, place);
    place();
  };

  const look = () => {
    const chart = root.querySelector('.js-plotly-plot');
    if (chart && chart._fullLayout && chart.on && (chart !== state.chart || !state.layer.isConnected)) attach(chart);
    else place();
  };
  look();
  const timer = setInterval(look, 300);
  parentElement.forget = () => { clearInterval(timer); detach(); };
  return parentElement.forget;
}
"""


def map_overlay(data: dict[str, Any]) -> None:
    """Draws ``data`` over the map: ``marks``, ``chosen`` (their colour), and of an atlas what it says of its tiles."""
    component = st.components.v2.component("map_overlay", html="<span></span>", js=SCRIPT)
    component(data={**data, "map": MAP_KEY, "atlas": ATLAS_KEY}, key="map_overlay", height=1)
