// What the pad writes by itself, until a person takes it: our own strokes, and a pen that writes
// them. A stroke is a list of points x, y in pixels of the pad that a curve leads through; a point
// that stands twice is a corner. `pad.js` is joined to this.

const WRITTEN = {
  four: [[[92, 48], [70, 148], [70, 148], [205, 146]], [[160, 96], [152, 238]]],
  three: [[[80, 78], [132, 46], [184, 84], [124, 134], [124, 134], [192, 178], [142, 236], [76, 208]]],
  eight: [[[186, 82], [142, 46], [96, 84], [142, 134], [188, 188], [140, 236], [94, 190], [142, 134], [186, 82]]],
  five: [[[100, 56], [94, 130], [94, 130], [144, 116], [188, 172], [142, 232], [84, 214]], [[100, 56], [186, 54]]],
  flagged: [[[92, 110], [150, 48], [150, 48], [148, 238]]],
  barred: [[[76, 62], [200, 58], [200, 58], [158, 140], [126, 236]], [[104, 148], [186, 142]]],
  fortyTwo: [
    [[46, 76], [34, 148], [34, 148], [122, 146]],
    [[94, 106], [88, 218]],
    [[162, 108], [202, 78], [232, 118], [196, 172], [160, 216], [160, 216], [250, 212]],
  ],
  letter: [[[76, 232], [140, 48], [140, 48], [206, 232]], [[98, 168], [184, 166]]],
};

const UNASKED = ["three", "four", "eight", "five", "fortyTwo"];
const SAMPLE_WIDTH = 22;
const SPEED = 300; // pixels of the pad a second
const BETWEEN_STROKES = 220; // milliseconds
const SHOWN_FOR = 2400; // a whole sample, before the next one is written
const BETWEEN_SAMPLE_TELLINGS = 250; // fewer than a person's, who may be waiting elsewhere
const SPACING = 4; // of the points it writes

// Writes samples into `show(strokes, tip)`: the strokes so far, and where the pen is.
class Sampler {
  frame = null;
  isOn = false;

  constructor(show) {
    this.show = show;
  }

  // One after the other, each shown for a while; the last one stays.
  play(names) {
    this.stop();
    this.isOn = true;
    this.names = [...names];
    this.begin(performance.now());
  }

  // At once, for whom nothing is to move.
  put(name) {
    this.stop();
    this.isOn = true;
    this.show(WRITTEN[name].map(smooth), null);
  }

  stop() {
    cancelAnimationFrame(this.frame);
    this.isOn = false;
  }

  begin(now) {
    this.strokes = WRITTEN[this.names.shift()].map(smooth);
    this.last = now;
    this.way = 0;
    this.rest = 0;
    this.index = 0;
    this.frame = requestAnimationFrame((time) => this.go(time));
  }

  // A tab that nobody sees gets no frames: a long pause between two counts as a short one.
  go(now) {
    const passed = Math.min(now - this.last, 100);
    this.last = now;
    if (this.rest > 0) this.rest -= passed;
    else if (this.index === this.strokes.length) {
      if (this.names.length) this.begin(now);
      return;
    } else this.write(passed);
    this.frame = requestAnimationFrame((time) => this.go(time));
  }

  write(passed) {
    this.way += (passed / 1000) * SPEED;
    const stroke = this.strokes[this.index];
    const end = Math.min(2 * Math.floor(this.way / SPACING) + 2, stroke.length);
    const soFar = stroke.slice(0, end);
    const isWhole = end === stroke.length;
    const before = this.strokes.slice(0, this.index);
    if (isWhole) {
      this.index += 1;
      this.way = 0;
      this.rest = this.index < this.strokes.length ? BETWEEN_STROKES : SHOWN_FOR;
    }
    this.show([...before, soFar], this.index < this.strokes.length ? soFar.slice(-2) : null);
  }
}

// Return x, y, x, y, … about `SPACING` apart along the curve through the points (Catmull–Rom).
function smooth(points) {
  const dense = [];
  let piece = [];
  points.forEach((point, index) => {
    piece.push(point);
    const next = points[index + 1];
    if (next && (next[0] !== point[0] || next[1] !== point[1])) return;
    dense.push(...curve(piece));
    piece = [];
  });
  dense.push(points.at(-1));
  return dense.flat();
}

function curve(points) {
  const dense = [];
  for (let i = 0; i + 1 < points.length; i += 1) {
    const [a, b, c, d] = [-1, 0, 1, 2].map((by) => points[Math.min(Math.max(i + by, 0), points.length - 1)]);
    const count = Math.max(Math.round(Math.hypot(c[0] - b[0], c[1] - b[1]) / SPACING), 1);
    for (let k = 0; k < count; k += 1) {
      const t = k / count;
      dense.push([0, 1].map((axis) => between(a[axis], b[axis], c[axis], d[axis], t)));
    }
  }
  return dense;
}

function between(a, b, c, d, t) {
  return b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)));
}
