// The decoder: a network whose weights are in the page makes an image of the code, and of the class, that the reader picks.
"use strict";
(() => {
  const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer;

  /** The layers of a model: a row of weights is whole numbers of 16 bits, which its scale multiplies. */
  const unpacked = (layers) => layers.map(({ weight, scale, bias }) =>
    ({ weight: new Int16Array(bytes(weight)), scale: new Float32Array(bytes(scale)), bias: new Float32Array(bytes(bias)) }));

  /** The image of a code: affine layers with ReLU between them; where the model has classes, a one-hot label is joined to the code. */
  const image = ({ layers, classes, output }, code, label) => {
    const squashed = output === "sigmoid" ? (a) => 1 / (1 + Math.exp(-a)) : (a) => a;
    let h = Float64Array.from([...code, ...classes.map((_, k) => (k === label ? 1 : 0))]);
    layers.forEach(({ weight, scale, bias }, l) => {
      const activation = l + 1 < layers.length ? (a) => Math.max(0, a) : squashed;
      h = Float64Array.from(bias, (b, row) => {
        let sum = 0;
        for (let k = 0, at = row * h.length; k < h.length; ++k, ++at) sum += weight[at] * h[k];
        return activation(b + scale[row] * sum);
      });
    });
    return h;
  };

  const div = (parent, name) => {
    const element = document.createElement("div");
    element.className = name;
    parent.append(element);
    return element;
  };

  const build = (place, model) => {
    const net = { ...model, layers: unpacked(model.layers) };
    const state = { code: [...model.code], label: 0 };
    const classes = div(place, "controls"), panes = div(place, "panes"), controls = div(place, "controls");
    const canvas = document.createElement("canvas"), context = canvas.getContext("2d");
    Object.assign(canvas, { width: model.width, height: model.height });
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", "what the decoder makes of the code");
    const sheet = context.createImageData(model.width, model.height), shows = [];
    const draw = () => {
      image(net, state.code, state.label).forEach((value, i) => {  // a clamped array: what is out of [0, 1] is black or white
        sheet.data[4 * i] = sheet.data[4 * i + 1] = sheet.data[4 * i + 2] = 255 * value;
        sheet.data[4 * i + 3] = 255;
      });
      context.putImageData(sheet, 0, 0);
      shows.forEach((show) => show());
      place.dataset.code = state.code.join(" ");
    };
    const put = ({ unit, low, high }, value) => { state.code[unit] = Math.max(low, Math.min(high, value)); };

    if (model.code.length === 2) {
      const [across, up] = model.units;
      const svg = xtape.svg("svg", { viewBox: "0 0 360 360", role: "group", "aria-label": "the plane of codes" }, panes);
      const x = xtape.scale(across.low, across.high, 30, 350), y = xtape.scale(up.low, up.high, 330, 10);
      xtape.svg("rect", { x: 30, y: 10, width: 320, height: 320, fill: "transparent", class: "axis" }, svg);
      const words = (text, at, anchor) => { xtape.svg("text", { ...at, "text-anchor": anchor }, svg).textContent = text; };
      words(across.low.toFixed(1), { x: 30, y: 350 }, "start");
      words(across.label, { x: 190, y: 350 }, "middle");
      words(across.high.toFixed(1), { x: 350, y: 350 }, "end");
      words(up.label, { transform: "translate(22 170) rotate(-90)" }, "middle");
      for (const { at, label } of model.points) {
        const [a, b] = [at[across.unit], at[up.unit]];
        if (a < across.low || a > across.high || b < up.low || b > up.high) continue;
        xtape.svg("circle", { cx: x(a), cy: y(b), r: 3, fill: `hsl(${(label * 137.5) % 360} 65% 50%)`, "fill-opacity": 0.6 }, svg);
      }
      shows.push(xtape.grip(svg, x, y, { label: "the code", colour: "var(--q)", step: (across.high - across.low) / 60, ground: svg,
        read: () => [state.code[across.unit], state.code[up.unit]], write: ([a, b]) => { put(across, a); put(up, b); draw(); } }));
      panes.append(canvas);
    } else {
      panes.append(canvas);
      const sliders = div(panes, "controls sliders");
      for (const unit of model.units) {
        const show = xtape.slider(sliders, unit.label, unit.low, unit.high, state.code[unit.unit], (value) => { put(unit, value); draw(); });
        shows.push(() => show(state.code[unit.unit]));
      }
    }
    const says = document.createElement("output");
    if (model.code.length === 2) {
      shows.push(() => { says.value = `z = (${state.code.map((v) => v.toFixed(2)).join(", ")})`; });
      controls.append(says);
    }
    xtape.button(controls, "back to the start", () => { state.code = [...model.code]; draw(); });
    model.classes.forEach((name, label) => {
      const button = xtape.button(classes, name, () => { state.label = label; draw(); });
      shows.push(() => button.setAttribute("aria-pressed", String(state.label === label)));
    });
    draw();
  };

  xtape.decoder = { unpacked, image };
  xtape.explorer("decoder", build);
})();
