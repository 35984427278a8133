// The live pad in the browser. A drawing is a list of marks: strokes of a pen or an eraser with
// their points in pixels of a square of 280, and pictures of 28×28. Whatever changes is drawn here
// at once; Python is told at most ten times a second while something goes on, and at its end, but
// never before it has answered the last time: then the newest drawing is told. So nothing piles up
// on a server that is slower than the pen. One that answers later than it can is busy with others:
// it is told less often while the pen is down, so that each has their answer when the pen is lifted.
//
// Until a person touches it, the pad writes samples (`pad_samples.js`). They are told apart from
// drawings and never become part of one. A drawing is kept in the tab, so that a reload has it back.

const SIDE = 280;
const CELL = 10; // of the 28×28 that the keys move in
const CLOSEST = 3; // points nearer to the last one than this are left out
const BETWEEN_TELLINGS = 100; // milliseconds, at least; on a busy server, while the pen is down:
const MOST_BETWEEN = 1000;
const LATE = 30; // an answer that takes so much longer than the quickest one
const PAUSE_FOR_LATE = 20; // milliseconds for each that an answer is later than that
const MOST_GROWTH = 4; // of the pause from one answer to the next: one late answer may be chance
const MOST_SHRINKING = 0.8;
const LONGEST_WAIT = 5000; // for an answer, which a connection may have lost
const KEPT = "mnist-pad";
const MOVES = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };

const pads = new WeakMap();
let untold = null; // what a page was left with before Python had taken it in

export default function ({ data, parentElement, setStateValue }) {
  let pad = pads.get(parentElement);
  if (!pad) {
    pad = new Pad(parentElement, data);
    pads.set(parentElement, pad);
  }
  pad.send = (marks, number, isSample) =>
    setStateValue("drawing", { marks, number, isSample, revision: pad.revision });
  pad.beginWith(data.start, data.revision, data.isNew);
  return () => {
    untold = pad.takeAlong();
    pad.close();
    pad.sampler.stop();
    pad.onLeaving.abort();
    pads.delete(parentElement);
  };
}

class Pad {
  marks = [];
  past = []; // lists of marks, to go back to
  stroke = null; // the one being drawn, last of `marks`
  pointer = null;
  revision = null;
  cell = [14, 14];
  isInking = false; // Space is held
  isErasing = false;
  timer = null;
  lastTold = 0;
  pause = BETWEEN_TELLINGS; // while the pen is down
  quickest = Infinity; // answer so far, in milliseconds
  number = 0; // of the last telling
  isUnanswered = false;
  sample = null; // strokes of it, in place of the drawing
  onLeaving = new AbortController();

  constructor(root, data) {
    const find = (selector) => root.querySelector(selector);
    this.square = find(".pad-square");
    this.pen = find("canvas").getContext("2d", { willReadFrequently: true });
    this.pen.scale(this.pen.canvas.width / SIDE, this.pen.canvas.height / SIDE);
    this.pen.lineCap = this.pen.lineJoin = "round";
    this.cursor = find(".pad-cursor");
    this.spoken = find(".pad-spoken");
    this.brush = find(".pad-brush input");
    this.brush.value = data.brush;
    this.buttons = Object.fromEntries(
      [...root.querySelectorAll("[data-tool]")].map((button) => [button.dataset.tool, button]),
    );
    this.tip = find(".pad-tip");
    this.sampler = new Sampler((strokes, tip) => this.showSample(strokes, tip));
    for (const button of root.querySelectorAll("[data-sample]")) {
      button.addEventListener("click", () => this.write(button.dataset.sample));
    }
    this.listen();
    const { signal } = this.onLeaving;
    document.addEventListener("mnist-pad-answered", ({ detail }) => this.takeAnswer(detail), { signal });
    // Whatever is clicked elsewhere on the page is done with the whole drawing.
    const tellAll = ({ target }) => {
      if (this.timer !== null && !root.contains(target)) this.tellNow();
    };
    document.addEventListener("click", tellAll, { capture: true, signal });
    document.addEventListener("paste", () => this.endSample(), { signal });
    this.square.setAttribute("aria-busy", "false"); // it was seen before it could be drawn on
  }

  listen() {
    const { square, buttons } = this;
    square.addEventListener("pointerdown", (event) => this.press(event));
    square.addEventListener("pointermove", (event) => this.drag(event));
    square.addEventListener("pointerup", (event) => this.lift(event));
    square.addEventListener("pointercancel", (event) => this.lift(event));
    square.addEventListener("contextmenu", (event) => event.preventDefault());
    square.addEventListener("keydown", (event) => this.key(event));
    square.addEventListener("keyup", (event) => {
      if (event.key === " ") this.isInking = false;
    });
    square.addEventListener("focus", () => {
      if (square.matches(":focus-visible")) this.showCursor();
    });
    square.addEventListener("blur", () => {
      this.isInking = false;
      square.classList.remove("keyed");
    });
    buttons.undo.addEventListener("click", () => this.undo());
    buttons.clear.addEventListener("click", () => {
      this.erase(false); // of a blank pad there is nothing to erase
      if (this.sample) this.endSample();
      else this.change([]);
    });
    buttons.eraser.addEventListener("click", () => this.erase(!this.isErasing));
  }

  erase(isErasing) {
    this.isErasing = isErasing;
    this.buttons.eraser.setAttribute("aria-pressed", isErasing);
  }

  // What Python gives: all of it at the beginning, later on what takes the drawing's place.
  beginWith(given, revision, isNew) {
    if (revision === this.revision) return;
    const isFirst = this.revision === null;
    let kept = isFirst && isNew ? recallDrawing() : null;
    if (isFirst && untold?.revision === revision) kept = untold.marks;
    const marks = kept ?? given;
    this.leaveSample();
    if (isFirst) this.past = marks.map((_, index) => marks.slice(0, index));
    else if (JSON.stringify(marks) !== JSON.stringify(this.marks)) this.past.push(this.marks);
    this.revision = revision;
    this.pointer = this.stroke = null;
    this.close();
    this.marks = marks;
    this.redraw();
    if (kept?.length) this.tell();
    if (marks.length || !isFirst) keepDrawing(marks);
    else if (recallDrawing() === null && !isToStandStill()) this.sampler.play(UNASKED);
  }

  // Back on this page Python gives the next revision, unless the drawing was replaced meanwhile.
  takeAlong() {
    if (this.sample || (!this.isUnanswered && this.timer === null)) return null;
    return { marks: this.marks, revision: this.revision + 1 };
  }

  change(marks) {
    this.past.push(this.marks);
    this.marks = marks;
    this.redraw();
    this.tell();
  }

  undo() {
    this.leaveSample();
    if (!this.past.length) return;
    this.marks = this.past.pop();
    this.stroke = null;
    this.redraw();
    this.tell();
  }

  // Samples

  // One that a person asked for: what they had drawn can be had back.
  write(name) {
    if (this.marks.length) this.past.push(this.marks);
    this.marks = [];
    keepDrawing(this.marks);
    this.pointer = this.stroke = null;
    this.sample = [];
    if (isToStandStill()) this.sampler.put(name);
    else this.sampler.play([name]);
  }

  showSample(strokes, tip) {
    this.sample = strokes.map((points) => ({ points, width: SAMPLE_WIDTH, isEraser: false }));
    this.redraw();
    this.tip.hidden = !tip;
    if (tip) [this.tip.style.left, this.tip.style.top] = tip.map((at) => `${(100 * at) / SIDE}%`);
    if (tip) this.tellSoon();
    else this.tell();
  }

  // Whatever a person does to the pad: it is blank again, and theirs.
  endSample() {
    if (!this.sample && !this.sampler.isOn) return;
    this.leaveSample();
    keepDrawing(this.marks);
    this.redraw();
    this.tell();
  }

  leaveSample() {
    this.sampler.stop();
    this.sample = null;
    this.tip.hidden = true;
  }

  // Pen, mouse, finger

  press(event) {
    if (this.pointer !== null || event.button !== 0) return;
    this.endSample();
    this.pointer = event.pointerId;
    this.square.setPointerCapture(event.pointerId);
    this.square.classList.remove("keyed");
    this.beginStroke(this.place(event), this.isErasing);
    this.tellSoon(performance.now()); // a dot says nothing yet
  }

  drag(event) {
    if (event.pointerId !== this.pointer || !this.stroke) return;
    const events = event.getCoalescedEvents?.() ?? [];
    for (const one of events.length ? events : [event]) this.addPoint(this.place(one), CLOSEST);
    this.tellSoon();
  }

  lift(event) {
    if (event.pointerId !== this.pointer) return;
    if (this.stroke) this.addPoint(this.place(event), 1);
    this.pointer = this.stroke = null;
    keepDrawing(this.marks);
    this.tell();
  }

  place(event) {
    const box = this.pen.canvas.getBoundingClientRect();
    const inSquare = (at, size) => Math.round(Math.min(Math.max((at / size) * SIDE, -SIDE), 2 * SIDE));
    return [inSquare(event.clientX - box.left, box.width), inSquare(event.clientY - box.top, box.height)];
  }

  beginStroke([x, y], isEraser) {
    this.stroke = { points: [x, y], width: Number(this.brush.value), isEraser };
    this.past.push(this.marks);
    this.marks = [...this.marks, this.stroke];
    this.drawStroke(this.stroke, 0);
    this.showTools();
  }

  addPoint([x, y], closest) {
    const { points } = this.stroke;
    const [lastX, lastY] = points.slice(-2);
    if (Math.hypot(x - lastX, y - lastY) < closest) return;
    points.push(x, y);
    this.drawStroke(this.stroke, points.length - 4);
  }

  // Keys

  key(event) {
    if (!["Tab", "Shift", "Control", "Alt", "Meta"].includes(event.key)) this.endSample();
    const move = MOVES[event.key];
    if (move) this.move(move, event.shiftKey || this.isInking);
    else if (event.key === " " || event.key === "Enter") {
      if (!this.isInking) this.dot(this.isErasing);
      this.isInking = event.key === " ";
    } else if (event.key === "Backspace" || event.key === "Delete") this.dot(true);
    else if (event.key.toLowerCase() === "z" && (event.ctrlKey || event.metaKey)) this.undo();
    else return;
    event.preventDefault();
    event.stopPropagation();
    this.showCursor();
  }

  move([right, down], isDrawing) {
    if (isDrawing) this.goOnFrom(this.center(), this.isErasing);
    const inside = (number) => Math.min(Math.max(number, 0), SIDE / CELL - 1);
    this.cell = [inside(this.cell[0] + right), inside(this.cell[1] + down)];
    if (isDrawing) {
      this.addPoint(this.center(), 1);
      this.tellSoon();
    }
  }

  dot(isEraser) {
    this.beginStroke(this.center(), isEraser);
    this.tellSoon();
  }

  // A line drawn with the keys is one stroke, and one undo takes it back.
  goOnFrom([x, y], isEraser) {
    const last = this.stroke;
    const isThere = last?.isEraser === isEraser && last.width === Number(this.brush.value);
    if (!isThere || last.points.at(-2) !== x || last.points.at(-1) !== y) {
      this.beginStroke([x, y], isEraser);
    }
  }

  center() {
    return this.cell.map((number) => number * CELL + CELL / 2);
  }

  showCursor() {
    this.square.classList.add("keyed");
    const [column, row] = this.cell;
    this.cursor.style.left = `${(100 * column * CELL) / SIDE}%`;
    this.cursor.style.top = `${(100 * row * CELL) / SIDE}%`;
    const { canvas } = this.pen;
    const scale = canvas.width / SIDE;
    const [x, y] = this.center();
    const [light] = this.pen.getImageData(x * scale, y * scale, 1, 1).data;
    this.spoken.textContent = `row ${row + 1}, column ${column + 1}, ${light > 127 ? "ink" : "empty"}`;
  }

  // Showing

  redraw() {
    this.pen.fillStyle = "#000";
    this.pen.fillRect(0, 0, SIDE, SIDE);
    for (const mark of this.sample ?? this.marks) {
      if (mark.picture) this.drawPicture(mark.picture);
      else this.drawStroke(mark, 0);
    }
    this.showTools();
  }

  drawStroke({ points, width, isEraser }, from) {
    const { pen } = this;
    pen.strokeStyle = pen.fillStyle = isEraser ? "#000" : "#fff";
    pen.lineWidth = width;
    pen.beginPath();
    if (points.length === 2) {
      pen.arc(...points, width / 2, 0, 2 * Math.PI); // a canvas draws no line of no length
      pen.fill();
      return;
    }
    pen.moveTo(points[from], points[from + 1]);
    for (let i = from + 2; i < points.length; i += 2) pen.lineTo(points[i], points[i + 1]);
    pen.stroke();
  }

  drawPicture(encoded) {
    const grey = Uint8Array.from(atob(encoded), (letter) => letter.charCodeAt(0));
    const small = new OffscreenCanvas(28, 28);
    const image = new ImageData(28, 28);
    grey.forEach((light, index) => image.data.set([light, light, light, 255], 4 * index));
    small.getContext("2d").putImageData(image, 0, 0);
    this.pen.drawImage(small, 0, 0, SIDE, SIDE);
  }

  showTools() {
    this.buttons.undo.disabled = !this.past.length;
    this.buttons.clear.disabled = !this.marks.length && !this.sample;
    this.square.classList.toggle("sampled", this.sample !== null);
  }

  // Telling Python

  tellSoon(since = this.lastTold) {
    if (this.timer !== null) return;
    const pause = this.isUnanswered ? LONGEST_WAIT : this.between();
    const wait = Math.max(since + pause - performance.now(), 0);
    this.timer = setTimeout(() => this.tellNow(), wait);
  }

  between() {
    if (this.sample) return Math.max(BETWEEN_SAMPLE_TELLINGS, this.pause);
    return this.pointer === null ? BETWEEN_TELLINGS : this.pause;
  }

  // At once, unless an answer is awaited.
  tell() {
    if (this.isUnanswered) this.tellSoon();
    else this.tellNow();
  }

  tellNow() {
    this.close();
    this.lastTold = performance.now();
    this.number += 1;
    this.isUnanswered = true;
    if (!this.sample) keepDrawing(this.marks);
    const told = this.sample?.map((mark) => ({ ...mark, points: mark.points.map(Math.round) }));
    this.send(told ?? this.marks, this.number, this.sample !== null);
  }

  takeAnswer(number) {
    if (number !== this.number || !this.isUnanswered) return;
    this.isUnanswered = false;
    this.setPause(performance.now() - this.lastTold);
    if (this.timer === null) return;
    this.close();
    this.tellSoon();
  }

  // `took`: milliseconds from the last telling to its answer.
  setPause(took) {
    this.quickest = Math.min(this.quickest, took);
    const late = took - this.quickest - LATE;
    const least = Math.max(MOST_SHRINKING * this.pause, BETWEEN_TELLINGS);
    const most = Math.min(MOST_GROWTH * this.pause, MOST_BETWEEN);
    this.pause = Math.min(Math.max(PAUSE_FOR_LATE * late, least), most);
  }

  close() {
    clearTimeout(this.timer);
    this.timer = null;
  }
}

function isToStandStill() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

// The drawing of this tab; a browser may be told to keep nothing.
function keepDrawing(marks) {
  try {
    sessionStorage.setItem(KEPT, JSON.stringify(marks));
  } catch {
    return;
  }
}

// null where nobody has touched the pad of this tab yet.
function recallDrawing() {
  try {
    const marks = JSON.parse(sessionStorage.getItem(KEPT));
    return Array.isArray(marks) ? marks : null;
  } catch {
    return null;
  }
}
