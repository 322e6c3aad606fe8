/** The source: what is drawn here, or a picture that is opened, dropped, pasted or photographed, and drawn over. */
import { dropdown, h } from '../dom.js'
import { Aim } from '../draw/aim.js'
import { icon } from '../draw/icons.js'
import { Hands } from '../draw/hands.js'
import { Lens } from '../draw/lens.js'
import { Paper } from '../draw/paper.js'
import { keepPen, recalledPen, SIZES } from '../draw/pen.js'
import { TOOLS } from '../draw/tools.js'
import { keepSteps, stepsOf } from '../keep.js'
import { open, sample, take } from '../source.js'
import { state } from '../state.js'
import { words } from '../words/en.js'
import { inks, paletteColors } from '../palette.js'
import { byLightness } from '../palettes/color.js'

const said = words.canvas
const BIG = 512 // pixels a side of a sheet for drawing freely
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }
const CHEQUER = 8 // pixels of a crisp sheet after which its chequers recur, so that its lines run along them
const MOST_SHEETS = 3 // that undo goes back to, each with its own steps
const NEARER = { nearer: 1.5, farther: 1 / 1.5 } // how many times larger the sheet shows at each step
const PEN_STEP = 8 // pixels that an arrow key moves on a smooth sheet
const TYPED = 'textarea, dialog, input:not([type=range], [type=checkbox], [type=color], [type=file])' // has keys of its own

class Canvas extends HTMLElement {
  connectedCallback() {
    this.pen = recalledPen() // its colour is '' until the reader has chosen one
    this.color = this.pen.color || '#1a1c2c'
    this.paper = null
    this.cursor = null
    this.sheets = { undo: [], redo: [] } // those before and after this one: {paper, source}
    this.build()
    state.on('source', () => this.show())
    state.on('settings options', () => this.offerColors())
    this.lens = new Lens(this.frame, () => this.fit())
    new ResizeObserver(() => this.fit()).observe(this.frame)
    this.listen()
    if (state.get('source')) this.show()
  }

  build() {
    this.view = h('div', { class: 'sheet chequers', tabindex: 0, role: 'application', 'aria-label': said.sheet, 'aria-describedby': 'canvas-keys' })
    this.mark = h('i', { class: 'cursor', hidden: true })
    this.aim = new Aim()
    this.lines = h('i', { class: 'lines' })
    this.frame = h('div', { class: 'frame' }, this.view)
    this.append(h('header', {}, h('h2', {}, said.title), ...this.openers()), this.toolbar(), this.frame, this.aim.about)
    this.append(h('p', { class: 'unseen', id: 'canvas-keys' }, said.keys))
    this.offerColors()
  }

  openers() {
    this.file = h('input', { type: 'file', accept: 'image/*,.aseprite,.ase,.kra,.ora,.psd,.tif,.tiff', hidden: true, onchange: () => this.chosen(this.file) })
    this.camera = h('input', { type: 'file', accept: 'image/*', capture: 'environment', hidden: true, onchange: () => this.chosen(this.camera, true) })
    const sheets = ['grid', 'big', 'sample'].map((kind) => h('button', { 'data-sheet': kind, onclick: () => this.begin(kind) }, said.sheets[kind]))
    this.fresh = dropdown(said.fresh, sheets)
    const opener = h('button', { title: said.openAbout, onclick: () => this.file.click() }, said.open)
    const photo = h('button', { title: said.photoAbout, onclick: () => this.camera.click() }, said.photo)
    return [this.fresh, opener, photo, this.file, this.camera]
  }

  toolbar() {
    this.tools = Object.keys(TOOLS).map((name) => this.button(name, () => this.take(name)))
    this.mirror = this.button('mirror', () => this.turnMirror())
    this.undo = this.button('undo', () => this.step('undo'))
    this.redo = this.button('redo', () => this.step('redo'))
    this.undo.disabled = this.redo.disabled = true
    const nearer = ['farther', 'nearer'].map((name) => this.button(name, () => this.lens.zoom(NEARER[name])))
    this.well = h('input', { type: 'color', 'aria-label': said.color, oninput: () => this.ink(this.well.value) })
    this.width = h('select', { 'aria-label': said.brush, onchange: () => this.choose({ brush: Number(this.width.value) }) })
    this.width.append(...SIZES.map((size) => h('option', { value: size }, said.size(size))))
    this.width.value = this.pen.brush
    this.inks = h('div', { class: 'inks', role: 'group', 'aria-label': said.colors })
    const bar = h('div', { class: 'row tools', role: 'toolbar', 'aria-label': said.tools })
    bar.append(h('div', { class: 'group' }, ...this.tools), this.mirror, h('div', { class: 'group' }, this.undo, this.redo), h('div', { class: 'group' }, ...nearer), h('label', { class: 'short' }, this.width), this.well, this.inks)
    this.choose({})
    return bar
  }

  button(name, act) {
    const key = TOOLS[name]?.key ?? said.keysOf[name]
    return h('button', { class: 'icon', title: `${said[name]} (${key.toUpperCase()})`, 'aria-label': said[name], onclick: act }, icon(name))
  }

  listen() {
    const { view } = this
    this.hands = new Hands(view, this.lens, {
      begin: (event, erases) => this.press(event, erases),
      drag: (event) => this.move(event),
      lift: () => this.lift(),
      drop: () => this.drop(),
    })
    view.addEventListener('pointermove', (event) => (this.aim.follow(event), this.showAim()))
    view.addEventListener('pointerleave', () => this.aim.leave())
    view.addEventListener('keydown', (event) => this.type(event))
    view.addEventListener('blur', () => ((this.mark.hidden = true), this.lift()))
    document.addEventListener('keydown', (event) => this.shortcut(event))
    document.addEventListener('paste', (event) => this.pasted(event))
    document.addEventListener('dragover', (event) => (event.preventDefault(), document.body.classList.add('dropping')))
    document.addEventListener('dragleave', (event) => event.relatedTarget ?? document.body.classList.remove('dropping'))
    document.addEventListener('drop', (event) => this.dropped(event))
  }

  /** Take the source, unless it is what was just drawn here. */
  async show() {
    const source = state.get('source')
    if (!source || source === this.own) return
    this.lift()
    const bitmap = await createImageBitmap(source.blob)
    if (source !== state.get('source')) return
    const paper = new Paper(bitmap.width, bitmap.height)
    paper.load(bitmap)
    const steps = stepsOf(source)
    if (steps) paper.recall(steps)
    if (this.paper) this.lay('undo')
    this.sheets.redo = []
    this.put({ paper, source })
  }

  /** Lay the sheet on the pile of those that undo, or redo, comes to. */
  lay(way) {
    const pile = this.sheets[way]
    pile.push({ paper: this.paper, source: this.own })
    pile.splice(0, pile.length - MOST_SHEETS)
  }

  /** Show a sheet, whose source is known already. */
  put({ paper, source }) {
    this.paper = Object.assign(paper, { mirror: this.pen.mirror })
    this.own = source
    this.cursor = null
    this.view.replaceChildren(paper.canvas, this.lines, this.aim.marks, this.mark)
    this.offerSteps()
    this.lens.away()
  }

  /** Lay the sheet into its frame, a crisp one by a whole multiple. */
  fit() {
    if (!this.paper) return
    const { width, height, crisp } = this.paper
    const scale = (this.scale = this.lens.scale(this.paper))
    Object.assign(this.view.style, { width: `${width * scale}px`, height: `${height * scale}px` })
    this.lines.hidden = !crisp || scale < 5
    this.lines.style.backgroundSize = `${scale}px ${scale}px`
    this.view.style.backgroundSize = this.lines.hidden ? '' : `${CHEQUER * scale}px ${CHEQUER * scale}px`
    this.showCursor()
    this.showAim()
  }

  /** Outline what the tool would change where the pointer is. */
  showAim() {
    if (!this.paper) return
    const isWide = !['fill', 'picker'].includes(this.pen.tool)
    this.aim.show(this.paper, this.scale, isWide ? this.size : 1, this.colors ?? [])
  }

  // drawing

  press(event, erases) {
    if (!this.paper) return
    this.view.focus({ preventScroll: true })
    this.mark.hidden = true
    this.turned = erases
    this.down(this.pointOf(event))
  }

  move(event) {
    if (!this.start) return
    const all = event.getCoalescedEvents?.() ?? []
    for (const each of all.length ? all : [event]) this.drag(this.pointOf(each))
  }

  /** Forget a stroke that was begun. */
  drop() {
    this.paper?.drop()
    Object.assign(this, { start: null, turned: false })
  }

  /** Begin to use the tool at a point. */
  down(point) {
    if (this.pen.tool !== 'picker' || this.turned) this.paper.begin()
    this.start = this.last = point
    this.use('press', point)
  }

  drag(point) {
    if (String(point) === String(this.last)) return
    this.use('move', point)
    this.last = point
  }

  use(phase, point) {
    const { start, last, color, paper, size } = this
    TOOLS[this.turned ? 'eraser' : this.pen.tool][phase](paper, { start, last, point, color, size, take: (picked) => this.ink(picked) })
  }

  /** The brush's width in pixels of the sheet. */
  get size() {
    return this.paper.crisp ? this.pen.brush : 2 * this.pen.brush
  }

  /** End the stroke; what was drawn becomes the source. */
  async lift() {
    if (!this.start) return
    const picks = this.pen.tool === 'picker' && !this.turned
    Object.assign(this, { start: null, turned: false })
    this.hands.free()
    if (picks) return
    if (this.paper.commit()) await this.publish()
  }

  async publish() {
    this.offerSteps()
    const { paper } = this
    const { width, height } = paper
    const turn = (this.turn = {})
    const { steps } = paper
    const blob = await paper.blob()
    if (paper !== this.paper || turn !== this.turn) return // another sheet, or a newer stroke
    this.own = { blob, width, height, name: said.own, kind: 'drawing' }
    keepSteps(this.own, steps)
    state.set({ source: this.own })
  }

  pointOf(event) {
    const box = this.paper.canvas.getBoundingClientRect()
    const [x, y] = [(event.clientX - box.left) / this.scale, (event.clientY - box.top) / this.scale]
    return this.paper.crisp ? [Math.floor(x), Math.floor(y)] : [x, y]
  }

  /** One step back or forth: of the sheet, and at its end to the sheet that was there before it or after. */
  step(way) {
    if (!this.paper || this.start) return
    if (!this.hasSteps(way)) return this.turnTo(way)
    this.paper[way]()
    this.publish()
  }

  hasSteps(way) {
    return this.paper[way === 'undo' ? 'canUndo' : 'canRedo']
  }

  turnTo(way) {
    const sheet = this.sheets[way].pop()
    if (!sheet) return
    this.lay(way === 'undo' ? 'redo' : 'undo')
    this.put(sheet)
    if (this.hasSteps('undo') || this.hasSteps('redo')) this.publish() // what was drawn last may not have been a source yet
    else state.set({ source: sheet.source })
  }

  // keys

  type(event) {
    const arrow = ARROWS[event.key]
    if (arrow && this.paper) return event.preventDefault(), this.walk(arrow, event.shiftKey)
    if (event.key === ' ' || event.key === 'Enter') return event.preventDefault(), this.touch()
    if (event.key === 'Escape') this.lift()
  }

  walk([dx, dy], far) {
    const step = (this.paper.crisp ? 1 : PEN_STEP) * (far ? 8 : 1)
    const [x, y] = this.cursor ?? this.middle()
    const within = (value, most) => Math.max(0, Math.min(most - 1, value))
    this.cursor = [within(x + step * dx, this.paper.width), within(y + step * dy, this.paper.height)]
    if (this.start) this.drag(this.cursor)
    this.showCursor()
  }

  middle() {
    return [this.paper.width >> 1, this.paper.height >> 1]
  }

  /** Space puts the pen down where the cursor is, and lifts it again. */
  touch() {
    this.cursor ??= this.middle()
    if (this.start || ['fill', 'picker'].includes(this.pen.tool)) {
      if (!this.start) this.down(this.cursor)
      this.lift()
    } else this.down(this.cursor)
    this.showCursor()
  }

  showCursor() {
    this.mark.hidden = !this.cursor || document.activeElement !== this.view
    if (this.mark.hidden) return
    const side = Math.max(this.scale, 7)
    const [x, y] = this.cursor.map((each) => (each + 0.5) * this.scale - side / 2)
    Object.assign(this.mark.style, { width: `${side}px`, height: `${side}px`, transform: `translate(${x}px, ${y}px)` })
    this.mark.classList.toggle('down', Boolean(this.start))
    this.aim.leave()
    this.aim.say(this.paper, this.cursor, this.colors ?? [])
    if (this.lens.isNear) this.mark.scrollIntoView({ block: 'nearest', inline: 'nearest' })
  }

  shortcut(event) {
    if (event.target.closest(TYPED)) return
    const key = event.key.toLowerCase()
    if (event.ctrlKey || event.metaKey) {
      if (key === 'z' || key === 'y') event.preventDefault(), this.step(key === 'y' || event.shiftKey ? 'redo' : 'undo')
      return
    }
    if (event.altKey || event.target.closest('select')) return // letters find one of its choices
    const tool = Object.keys(TOOLS).find((name) => TOOLS[name].key === key)
    if (tool) this.take(tool)
    if (key === 'm') this.turnMirror()
    if (['+', '=', '-'].includes(key)) this.lens.zoom(key === '-' ? NEARER.farther : NEARER.nearer) // `=` is plus without Shift
    if (key === '0') this.lens.away()
  }

  // choosing

  take(tool) {
    this.lift()
    this.choose({ tool })
  }

  turnMirror() {
    this.choose({ mirror: !this.pen.mirror })
  }

  /** Change something of the pen, show it and keep it. */
  choose(changed) {
    Object.assign(this.pen, changed)
    keepPen(this.pen)
    const { tool, mirror } = this.pen
    this.tools.forEach((button, place) => button.setAttribute('aria-pressed', Object.keys(TOOLS)[place] === tool))
    this.mirror.setAttribute('aria-pressed', mirror)
    if (this.paper) this.paper.mirror = mirror
    this.showAim()
  }

  ink(color, picked = true) {
    this.color = this.well.value = color
    if (picked) this.choose({ color })
    for (const each of this.inks.children) each.setAttribute('aria-pressed', each.dataset.color === color)
  }

  offerSteps() {
    this.undo.disabled = !this.hasSteps('undo') && !this.sheets.undo.length
    this.redo.disabled = !this.hasSteps('redo') && !this.sheets.redo.length
  }

  /** The colours that the drawing will have, to draw with; the darkest of them for who chose none. */
  offerColors() {
    const [settings, options] = [state.get('settings'), state.get('options')]
    const colors = inks(settings, options)
    this.colors = settings.machine ? colors : paletteColors(settings, options)
    if (String(colors) === this.offered) return
    this.offered = String(colors)
    this.inks.replaceChildren(...colors.map((color) => this.inkButton(color)))
    const darkest = [...colors].sort(byLightness)[0]
    this.ink(this.pen.color || !darkest ? this.color : darkest, false)
  }

  inkButton(color) {
    const button = h('button', { 'data-color': color, 'aria-label': color, title: color, onclick: () => this.ink(color) })
    button.style.background = color
    return button
  }

  // opening

  chosen(input, paper = false) {
    const [file] = input.files
    input.value = ''
    if (file) open(file, { paper })
  }

  /** Begin anew: an empty sheet of this kind, or the sample. */
  async begin(kind) {
    this.fresh.open = false
    const { width, height } = kind === 'grid' ? state.get('settings') : { width: BIG, height: BIG }
    const empty = async () => ({ blob: await new Paper(width, height).blob(), width, height, name: said.own, kind: 'drawing' })
    const source = kind === 'sample' ? await sample() : await empty()
    state.tune({ paper: false })
    state.set({ source })
    this.view.focus()
  }

  pasted(event) {
    if (event.defaultPrevented || !event.clipboardData?.files.length) return
    event.preventDefault()
    take(event.clipboardData)
  }

  dropped(event) {
    document.body.classList.remove('dropping')
    if (event.defaultPrevented) return
    event.preventDefault()
    take(event.dataTransfer)
  }
}

customElements.define('px-canvas', Canvas)
