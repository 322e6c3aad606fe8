// The sheet of Contact Sheet, large enough to read: the picture under the pointer is named, and a click takes it.
import { changed, element, field, setField } from './editor.js'
import { wheelOver } from './viewer.js'
import { watch } from './watch.js'

const BAR = 24 // pixels below the sheet
const MOST = { width: 640, height: 560 } // pixels of a sheet that are seen at once; the rest is scrolled to
const GAP = 4 // pixels between two pictures of a sheet, as the node draws it,
const FRAME = 2 // about the one that was taken,
const COLORS = { ground: [0x20, 0x20, 0x28], ink: [0xe8, 0xe8, 0xe8], taken: [0xff, 0xec, 0x27] } // and on it
const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }

const LISTS = ['palettes', 'dithers', 'methods'] // whose names make up the sheet, the last one turning first
const LINKED = 'linked' // how the node calls the palette that comes over its link
const ALL = 'all'
const CHANGED = 'the lists have changed: run again'
const NOT_HERE = 'taken: one that the next run draws'

const css = color => `rgb(${color.join()})`

/** A sheet on an element; `room` is how many pixels wide it may be shown, `report` gives what the node said of its pictures. */
export class Sheet {
  constructor(room, node, report) {
    Object.assign(this, { room, node, report, cells: [], numbers: [], size: [1, 1] })
    this.canvas = element('canvas', 'pixart-pixels')
    this.buttons = element('div', 'pixart-cells', { role: 'listbox', ariaLabel: 'Pictures to take' })
    this.stage = element('div', 'pixart-stage pixart-scrolls', {}, element('div', '', {}, this.canvas, this.buttons))
    this.about = element('span', 'pixart-about', { role: 'status' })
    this.root = element('div', 'pixart-viewer', {}, this.stage, element('div', 'pixart-bar', {}, this.about))
    wheelOver(this.stage, this)
    watch(node, () => ['take', ...LISTS].map(name => field(node, name)).concat(isLinked(node)), () => this.#mark())
  }

  /** Shows the sheet that the node reported. */
  show(image) {
    this.size = [image.naturalWidth, image.naturalHeight]
    Object.assign(this.canvas, { width: this.size[0], height: this.size[1] })
    this.context = this.canvas.getContext('2d', { willReadFrequently: true })
    this.context.drawImage(image, 0, 0)
    const focus = [...this.buttons.children].indexOf(document.activeElement)
    const { cells = [], lists = [] } = this.report() ?? {}
    Object.assign(this, { cells, lists })
    this.buttons.replaceChildren(...cells.map((cell, at) => this.#button(cell, at)))
    this.fit()
    this.#mark()
    if (focus >= 0) this.buttons.children[Math.min(focus, cells.length - 1)]?.focus({ preventScroll: true })
  }

  /** The factor by which the sheet is shown: a whole one, so that its words can be read. */
  get factor() {
    return Math.max(1, Math.floor(this.room() / this.size[0]))
  }

  /** How many pixels wide it is at least. */
  width() {
    return Math.min(MOST.width, this.size[0])
  }

  /** How many pixels high all of it is. */
  height() {
    return Math.min(MOST.height, this.size[1] * this.factor) + BAR
  }

  /** Lays the sheet out for the room that there is. */
  fit() {
    const { factor } = this
    const [width, height] = this.size.map(each => `${each * factor}px`)
    Object.assign(this.canvas.style, { width, height })
    this.stage.style.height = `${this.height() - BAR}px`
    for (const [at, cell] of this.cells.entries()) {
      const box = { left: cell.x, top: cell.y - this.#above(), width: cell.width, height: cell.height + this.#above() }
      for (const [side, pixels] of Object.entries(box)) this.buttons.children[at].style[side] = `${pixels * factor}px`
    }
  }

  /** Scrolls the sheet. */
  wheel({ deltaX, deltaY }) {
    this.stage.scrollBy(deltaX, deltaY)
  }

  // Pixels of the words above each picture.
  #above() {
    return this.cells[0].y - GAP
  }

  // Which picture of the sheet the field says now: null where it comes over a link, -1 where the sheet hasn't that picture.
  get #taken() {
    const take = field(this.node, 'take')
    return take === '' ? null : this.numbers.indexOf(Number(take))
  }

  #button(cell, at) {
    const made = element('button', 'pixart-cell', { type: 'button', role: 'option', title: named(cell, at) })
    made.addEventListener('click', () => this.#take(at))
    made.addEventListener('keydown', event => this.#key(event, at))
    for (const begun of ['pointerenter', 'focus']) made.addEventListener(begun, () => this.#say(at))
    for (const over of ['pointerleave', 'blur']) made.addEventListener(over, () => this.#say(this.#taken))
    return made
  }

  #take(at) {
    if (this.#taken === null || this.numbers[at] < 0) return
    setField(this.node, 'take', this.numbers[at])
    changed(this.node)
    this.#say(at)
  }

  #key(event, at) {
    const step = STEPS[event.key]
    if (!step && !['Enter', ' '].includes(event.key)) return
    event.stopPropagation() // else the editor takes it for the node
    if (!step) return // what the browser makes a click of
    event.preventDefault()
    this.buttons.children[this.#neighbour(at, ...step)].focus()
  }

  #neighbour(at, across, down) {
    const { x, y } = this.cells[at]
    const columns = this.cells.filter(each => each.y === this.cells[0].y).length
    const next = at + across + down * columns
    const other = this.cells[next]
    return other && (across ? other.y === y : other.x === x) ? next : at
  }

  #say(at) {
    const cell = this.cells[at]
    const taken = this.#taken
    const linked = taken === null && 'take comes over a link'
    const state = linked || (this.numbers[at] < 0 ? CHANGED : at === taken ? 'taken' : '')
    this.about.textContent = cell ? [named(cell, at), state].filter(Boolean).join(' · ') : linked || NOT_HERE
  }

  // As the node draws it when it runs again.
  #mark() {
    if (!this.cells.length) return
    this.numbers = numbersNow(this.node, this.cells, this.lists)
    const taken = this.#taken
    const here = Math.max(0, taken)
    for (const [at, cell] of this.cells.entries()) {
      if (taken !== null) this.#paint(cell, at === taken)
      const button = this.buttons.children[at]
      Object.assign(button, { ariaSelected: String(at === taken), ariaDisabled: String(taken === null || this.numbers[at] < 0) })
      button.tabIndex = at === here ? 0 : -1
    }
    this.#say(taken ?? -1)
  }

  #paint({ x, y, width, height }, taken) {
    const { context } = this
    context.fillStyle = css(taken ? COLORS.taken : COLORS.ground)
    for (const [left, top, wide, high] of [
      [-FRAME, -FRAME, width + 2 * FRAME, FRAME],
      [-FRAME, height, width + 2 * FRAME, FRAME],
      [-FRAME, 0, FRAME, height],
      [width, 0, FRAME, height]
    ])
      context.fillRect(x + left, y + top, wide, high)
    const words = context.getImageData(x, y - this.#above(), this.#pitch() - GAP, this.#above() - FRAME)
    tint(words.data, taken ? COLORS.taken : COLORS.ink)
    context.putImageData(words, x, y - this.#above())
  }

  // Pixels from one picture to the next in its row.
  #pitch() {
    const [first, second] = this.cells
    return second?.y === first.y ? second.x - first.x : this.size[0] - GAP
  }
}

const isLinked = node => node.inputs?.some(({ name, link }) => name === 'palette' && link != null) ?? false

const names = text => [...new Set(text.split(/[,;\n]/).map(part => part.trim()).filter(Boolean))]

const unique = (cells, part) => [...new Set(cells.map(cell => cell[part]))].filter(name => name !== LINKED)

/** What number each picture of a sheet has in the lists as they are now; -1 where it is in none, or nobody knows it yet. */
function numbersNow(node, cells, lists) {
  const [palettes, dithers, methods] = LISTS.map((name, place) => {
    const text = field(node, name)
    const same = text === '' || text === (lists[place] ?? text)
    return same ? unique(cells, name.slice(0, -1)) : names(text).includes(ALL) ? [] : names(text)
  })
  const rows = isLinked(node) ? [LINKED, ...palettes] : palettes
  const number = (...places) => places.reduce((before, [list, name]) => (before < 0 || !list.includes(name) ? -1 : before * list.length + list.indexOf(name)), 0)
  return cells.map(({ palette, dither, method }) => number([rows, palette], [dithers, dither], [methods, method]))
}

const named = ({ palette, dither, method }, at) => `${at} · ${palette} · ${dither} · ${method}`

/** Gives words of one colour on the ground another one. */
function tint(data, color) {
  const { ground } = COLORS
  for (let at = 0; at < data.length; at += 4)
    if (ground.some((each, channel) => data[at + channel] !== each)) data.set(color, at)
}
