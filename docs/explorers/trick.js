// The trick: the same noise pushed through mu + sigma epsilon while the reader drags mu and sigma, and the gradient of
// E (z - 1)² in mu, estimated one sample at a time by the path and by the score function.
"use strict";
(() => {
  const COUNT = 4000, SHOWN = 40;
  const noise = xtape.normals(COUNT, 7);
  const f = (z) => (z - 1) * (z - 1);

  /** Both estimators' means and variances over the noise, and what they are exactly. */
  const estimators = ({ mu, sigma }, epsilon = noise) => {
    const path = epsilon.map((e) => 2 * (mu + sigma * e - 1)), score = epsilon.map((e) => (f(mu + sigma * e) * e) / sigma);
    const moments = (g) => {
      const mean = g.reduce((a, b) => a + b, 0) / g.length;
      return { mean, variance: g.reduce((a, b) => a + (b - mean) * (b - mean), 0) / (g.length - 1), samples: g };
    };
    // With m = mu - 1: E f = m² + σ². Var path = 4 σ². E (f e / σ)² = m⁴/σ² + 18 m² + 15 σ², of which (2 m)² is the square of the mean.
    const m = mu - 1;
    return { path: moments(path), score: moments(score), exact: { gradient: 2 * m, path: 4 * sigma * sigma, score: m ** 4 / sigma ** 2 + 14 * m * m + 15 * sigma * sigma } };
  };

  const build = (place) => {
    const state = { mu: -0.5, sigma: 0.8 };
    const svg = xtape.svg("svg", { viewBox: "0 0 760 500", role: "group", "aria-label": "noise pushed through mu + sigma epsilon, and two estimators of a gradient" });
    place.append(svg);
    const x = xtape.scale(-4, 4, 40, 740), words = (at, top, anchor = "start") => xtape.svg("text", { x: at, y: top, "text-anchor": anchor }, svg);
    words(40, 20).textContent = "ε of N(0, 1)";
    words(40, 150).textContent = "z = μ + σ ε";
    for (const top of [50, 170]) {
      xtape.svg("line", { class: "axis", x1: 40, x2: 740, y1: top, y2: top }, svg);
      for (let v = -4; v <= 4; ++v) words(x(v), top + 18, "middle").textContent = v;
    }
    const threads = noise.slice(0, SHOWN).map((e) => {
      xtape.svg("circle", { cx: x(e), cy: 50, r: 3.5, fill: "var(--p)" }, svg);
      return { line: xtape.svg("line", { class: "grid", x1: x(e), y1: 54, y2: 166 }, svg), dot: xtape.svg("circle", { cy: 170, r: 3.5, fill: "var(--q)" }, svg), e };
    });
    const g = xtape.scale(-20, 20, 40, 740), BINS = 80;
    const histogram = (name, top, colour) => {
      xtape.svg("line", { class: "axis", x1: 40, x2: 740, y1: top, y2: top }, svg);
      const bins = Array.from({ length: BINS }, (_, i) => xtape.svg("rect", { x: 40 + (i * 700) / BINS, width: 700 / BINS - 1, fill: `var(--${colour})` }, svg));
      const mean = xtape.svg("line", { stroke: "var(--ink)", "stroke-width": 2, y1: top, y2: top - 84 }, svg);
      const says = words(46, top - 90);
      return ({ samples, mean: m, variance }, exact) => {
        const counts = new Array(BINS).fill(0);
        for (const s of samples) counts[Math.max(0, Math.min(BINS - 1, Math.floor(((s + 20) / 40) * BINS)))] += 1;
        const most = Math.max(...counts);
        bins.forEach((bin, i) => { const tall = (80 * counts[i]) / most; bin.setAttribute("y", top - tall); bin.setAttribute("height", tall); });
        mean.setAttribute("x1", g(m)); mean.setAttribute("x2", g(m));
        says.textContent = `${name}: mean ${m.toFixed(3)}, variance ${variance.toFixed(2)} (exactly ${exact.toFixed(2)})`;
      };
    };
    const byPath = histogram("the path's gradient in μ", 335, "q"), byScore = histogram("the score function's", 455, "kl");
    for (let v = -20; v <= 20; v += 5) words(g(v), 473, "middle").textContent = v;
    const exact = words(740, 494, "end");
    const moves = [];
    const set = (change) => {
      Object.assign(state, change);
      state.mu = Math.max(-3, Math.min(3, state.mu));
      state.sigma = Math.max(0.1, Math.min(2, state.sigma));
      for (const { line, dot, e } of threads) {
        const z = x(state.mu + state.sigma * e);
        line.setAttribute("x2", z);
        dot.setAttribute("cx", z);
      }
      const both = estimators(state);
      byPath(both.path, both.exact.path);
      byScore(both.score, both.exact.score);
      exact.textContent = `d/dμ E (z - 1)² = 2 (μ - 1) = ${both.exact.gradient.toFixed(3)}`;
      moves.forEach((show) => show());
      place.dataset.path = both.path.mean;
    };
    moves.push(xtape.handle(svg, x, 205, { label: "μ", colour: "var(--q)", step: 0.05, read: () => state.mu, write: (mu) => set({ mu }) }));
    moves.push(xtape.handle(svg, x, 205, { label: "μ + σ", colour: "var(--kl)", step: 0.05, read: () => state.mu + state.sigma, write: (at) => set({ sigma: at - state.mu }) }));
    words(40, 210).textContent = "drag μ and μ + σ:";
    set({});
  };

  xtape.trick = { estimators };
  xtape.explorer("trick", build);
})();
