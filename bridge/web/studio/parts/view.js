/** Shows the result: beside and before its source, in whole multiples, with a grid, tiled, as a panel or a coin shows it. */
import { h, menu } from '../dom.js'
import { state } from '../state.js'
import { asPanel, pixelsOf } from '../view/pixels.js'
import { wholly } from '../view/scale.js'
import { words } from '../words/en.js'

const said = words.view
const ZOOMS = [1, 2, 3, 4, 6, 8, 12, 16, 24]
const TILES = 3 // a side
const GRID_FROM = 4 // screen pixels a pixel: closer lines would hide the picture
const GROUNDS = ['chequers', 'white', 'grey', 'black']

class View extends HTMLElement {
  connectedCallback() {
    this.zoom = 0 // 0 is the largest whole multiple, or the least whole part, that fits
    this.on = { grid: false, tile: false, panel: false, coin: false }
    this.canvas = h('canvas', { role: 'img', 'aria-label': words.live.alt })
    this.before = h('canvas', { 'aria-hidden': 'true', class: 'before' })
    this.lines = h('i', { class: 'lines', hidden: true })
    this.sheet = h('div', { class: 'sheet chequers', hidden: true }, this.canvas, this.lines, this.before)
    this.frame = h('div', { class: 'frame', tabindex: 0, role: 'group', 'aria-label': said.frame }, this.sheet)
    this.append(this.toolbar(), this.frame, this.slider())
    state.on('result', () => this.show())
    state.on('source', () => this.showBefore())
    new ResizeObserver(() => this.fit()).observe(this.frame)
    if (state.get('result')) this.show()
    if (state.get('source')) this.showBefore()
  }

  toolbar() {
    const zooms = [[0, said.whole], ...ZOOMS.map((zoom) => [zoom, `${zoom}×`])]
    const zoom = menu(said.zoom, zooms, (value) => ((this.zoom = Number(value)), this.fit()))
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
    const label = h('label', { class: 'line compare' }, h('span', {}, said.before), this.share, h('span', { 'aria-hidden': 'true' }, said.after))
    return label
  }

  async show() {
    const result = state.get('result')
    if (!result) return
    const pixels = await pixelsOf(result.blob)
    if (result !== state.get('result')) return
    this.sheet.hidden = false
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
    this.divide()
  }

  /** Lay the picture into the frame at a whole multiple or part of its pixels, a coin at its size in the world. */
  fit() {
    const { width, height } = this.canvas
    const most = Math.min(this.frame.clientWidth / width, this.frame.clientHeight / height)
    const scale = this.zoom || wholly(most)
    const { coin } = this.on
    const length = (side) => (coin ? `calc(var(--coin) * ${side / Math.max(width, height)})` : `${side * scale}px`)
    Object.assign(this.sheet.style, { width: length(width), height: length(height) })
    this.frame.classList.toggle('coin', coin)
    this.canvas.classList.toggle('shrunk', scale < 1)
    this.lines.hidden = !this.on.grid || coin || scale < GRID_FROM
    this.lines.style.backgroundSize = `${scale}px ${scale}px`
    this.divide()
  }

  /** Show so much of the source, from the left, over the result. */
  divide() {
    const share = Number(this.share.value)
    this.before.hidden = !share || this.on.tile
    this.before.style.clipPath = `inset(0 ${100 - share}% 0 0)`
  }
}

customElements.define('px-view', View)
