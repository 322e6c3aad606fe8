/** Shows the result: beside and before its source, in whole multiples, with a grid, tiled, as a panel or a coin shows it. */
import { h, menu } from '../dom.js'
import { isCrisp } from '../draw/paper.js'
import { state } from '../state.js'
import { asPanel, pixelsOf } from '../view/pixels.js'
import { wholly } from '../view/scale.js'
import { aspectOn, machineOf } from '../view/screen.js'
import { words } from '../words/en.js'

const said = words.view
const ZOOMS = [1, 2, 3, 4, 6, 8, 12, 16, 24]
const TILES = 3 // a side
const CHEQUER = 8 // pixels after which chequers recur under a grid, so that its lines run along them
const TURN = 40 // pixels of the wheel for one step nearer or farther
const GRID_FROM = 4 // screen pixels a pixel: closer lines would hide the picture
const SHAPES = { crop: 'cover', pad: 'contain' } // how a sketch comes to a picture of another shape, in CSS's words
const GROUNDS = ['chequers', 'white', 'grey', 'black']

class View extends HTMLElement {
  connectedCallback() {
    this.aspect = 1 // how wide a pixel is for its height
    this.zoom = 0 // 0 is the largest whole multiple, or the least whole part, that fits
    this.on = { grid: false, tile: false, panel: false, coin: false }
    this.canvas = h('canvas', { role: 'img', 'aria-label': words.live.alt })
    this.before = h('canvas', { 'aria-hidden': 'true', class: 'before' })
    this.lines = h('i', { class: 'lines', hidden: true })
    this.sheet = h('div', { class: 'sheet chequers', hidden: true }, this.canvas, this.lines, this.before)
    this.frame = h('div', { class: 'frame', tabindex: 0, role: 'group', 'aria-label': said.frame }, this.sheet)
    this.append(this.toolbar(), this.frame, this.slider())
    this.frame.addEventListener('wheel', (event) => this.wheel(event), { passive: false })
    this.turned = 0 // pixels of the wheel since the last step
    state.on('result options', () => this.show())
    state.on('source', () => this.showBefore())
    new ResizeObserver(() => this.fit()).observe(this.frame)
    if (state.get('result')) this.show()
    if (state.get('source')) this.showBefore()
  }

  toolbar() {
    const zooms = [[0, said.whole], ...ZOOMS.map((zoom) => [zoom, `${zoom}×`])]
    const zoom = (this.zooms = menu(said.zoom, zooms, (value) => this.approach(Number(value))))
    const ground = menu(said.ground, GROUNDS.map((name) => [name, said.grounds[name]]), (name) => (this.sheet.className = `sheet ${name}`))
    for (const label of [zoom, ground]) {
      label.className = 'short'
      label.title = label.firstChild.textContent // unseen, so that all stands in one row
      label.firstChild.className = 'unseen'
    }
    this.switches = Object.keys(this.on).map((name) => this.switch(name))
    const bar = h('div', { class: 'row tools', role: 'toolbar', 'aria-label': said.tools })
    bar.append(zoom, ground, h('div', { class: 'group' }, ...this.switches))
    return bar
  }

  switch(name) {
    const turn = () => {
      this.on[name] = !this.on[name]
      button.setAttribute('aria-pressed', this.on[name])
      this.show()
    }
    const button = h('button', { 'aria-pressed': 'false', title: said.about[name], onclick: turn }, said[name])
    return button
  }

  slider() {
    this.share = h('input', { type: 'range', min: 0, max: 100, value: 0, oninput: () => this.divide() })
    const label = h('label', { class: 'line compare' }, h('span', { 'aria-hidden': 'true' }, said.after), this.share, h('span', {}, said.before))
    return label
  }

  async show() {
    const result = state.get('result')
    if (!result) return
    const [pixels, machine] = await Promise.all([pixelsOf(result.blob), machineOf(result)])
    if (result !== state.get('result')) return
    this.sheet.hidden = false
    this.aspect = aspectOn(machine)
    this.before.style.objectFit = SHAPES[machine ? (machine.fit ?? 'crop') : result.body?.fit] ?? 'fill'
    const tiles = this.on.tile ? TILES : 1
    Object.assign(this.canvas, { width: tiles * pixels.width, height: tiles * pixels.height })
    const context = this.canvas.getContext('2d')
    const shown = this.on.panel ? asPanel(pixels) : pixels
    for (let place = 0; place < tiles * tiles; place++)
      context.putImageData(shown, (place % tiles) * pixels.width, Math.floor(place / tiles) * pixels.height)
    this.fit()
  }

  async showBefore() {
    const { blob } = state.get('source') ?? {}
    if (!blob) return
    const bitmap = await createImageBitmap(blob)
    Object.assign(this.before, { width: bitmap.width, height: bitmap.height })
    this.before.getContext('2d').drawImage(bitmap, 0, 0)
    this.before.classList.toggle('smooth', !isCrisp(bitmap))
    this.divide()
  }

  /** Lay the picture into the frame at a whole multiple or part of its pixels, a coin at its size in the world. */
  fit() {
    const { aspect } = this
    const [width, height] = [this.canvas.width * aspect, this.canvas.height]
    const most = Math.min(this.frame.clientWidth / width, this.frame.clientHeight / height)
    const scale = (this.scale = this.zoom || wholly(most))
    const { coin } = this.on
    const length = (side) => (coin ? `calc(var(--coin) * ${side / Math.max(width, height)})` : `${side * scale}px`)
    Object.assign(this.sheet.style, { width: length(width), height: length(height) })
    this.frame.classList.toggle('coin', coin)
    this.canvas.classList.toggle('shrunk', scale < 1)
    this.lines.hidden = !this.on.grid || coin || scale < GRID_FROM
    this.lines.style.backgroundSize = `${scale * aspect}px ${scale}px`
    this.sheet.style.backgroundSize = this.lines.hidden ? '' : `${CHEQUER * scale * aspect}px ${CHEQUER * scale}px`
    this.divide()
  }

  /** The wheel with Ctrl steps nearer or farther, as on the sketch. */
  wheel(event) {
    if (!event.ctrlKey && !event.metaKey) return // which scrolls
    event.preventDefault()
    this.turned = this.turned * event.deltaY < 0 ? event.deltaY : this.turned + event.deltaY
    if (Math.abs(this.turned) < TURN) return
    const next = this.turned < 0 ? ZOOMS.find((zoom) => zoom > this.scale) : ZOOMS.findLast((zoom) => zoom < this.scale)
    this.turned = 0
    if (next) this.approach(next, event.clientX, event.clientY)
  }

  /** Show the picture in another multiple, with the same of it under a point of the screen, or in the frame's middle. */
  approach(zoom, ...point) {
    const [x, y] = point.length ? point : middle(this.frame)
    const box = this.sheet.getBoundingClientRect()
    const [across, down] = [(x - box.left) / box.width, (y - box.top) / box.height]
    this.zoom = this.zooms.control.value = zoom
    this.fit()
    const now = this.sheet.getBoundingClientRect()
    this.frame.scrollBy(now.left + across * now.width - x, now.top + down * now.height - y)
  }

  /** Show so much of the source, from the left, over the result. */
  divide() {
    const share = Number(this.share.value)
    this.share.disabled = this.on.tile
    this.before.hidden = !share || this.on.tile
    this.before.style.clipPath = `inset(0 ${100 - share}% 0 0)`
  }
}

/** The middle of what an element shows, on the screen. */
function middle(element) {
  const box = element.getBoundingClientRect()
  return [box.left + box.width / 2, box.top + box.height / 2]
}

customElements.define('px-view', View)
