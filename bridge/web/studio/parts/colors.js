/** The colours of the next drawing one by one: change, lock, remove, drag or move by keys, put in order. */
import { byHue, byLightness, colorOf, isLight } from '../palettes/color.js'
import { h } from '../dom.js'
import { current, forget, hasPast, locks, move, named, order, paletteName, turnLock, undo, use } from '../palettes/present.js'
import { state } from '../state.js'
import { words } from '../words/en.js'

const said = words.palettes
const STEPS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }
const DRAG = 6 // pixels that a finger may tremble without dragging
const MANY = 64 // colours that are shown smaller, so that what is done with one stays near
const FRESH = '#808080'

class Colors extends HTMLElement {
  place = 0

  connectedCallback() {
    this.className = 'stack tight'
    this.title_ = h('h3', {})
    this.about = h('p', { class: 'soft small' })
    this.list = h('ul', { class: 'colors', 'aria-label': said.colors, onkeydown: (event) => this.press(event) })
    this.list.addEventListener('pointerdown', (event) => this.grab(event))
    this.list.addEventListener('focusin', (event) => this.select(Number(event.target.dataset.place)))
    this.append(this.title_, this.list, this.about, this.editor(), this.tools())
    this.stop = state.on('settings options', () => this.show())
    this.show()
  }

  disconnectedCallback() {
    this.stop()
  }

  tools() {
    const button = (text, act) => h('button', { onclick: act }, text)
    this.back = button(said.undo, undo)
    this.own = button(said.style, forget)
    const orders = [button(said.byLightness, () => order(byLightness)), button(said.byHue, () => order(byHue))]
    return h('div', { class: 'row' }, h('div', { class: 'group' }, ...orders), this.back, this.own)
  }

  editor() {
    this.picker = h('input', { type: 'color', 'aria-label': said.picker, onchange: () => this.change(this.picker.value) })
    this.text = h('input', { class: 'mono', 'aria-label': said.hex, spellcheck: 'false', maxlength: 7, onchange: () => this.typed() })
    this.lock = h('button', { onclick: () => this.turn() })
    this.gone = h('button', { onclick: () => this.remove() }, said.remove)
    const way = (step, text, label) => h('button', { class: 'icon', 'aria-label': label, title: label, onclick: () => this.shift(step) }, text)
    const ways = h('div', { class: 'group' }, way(-1, '←', said.earlier), way(1, '→', said.later))
    this.edit = h('div', { class: 'row' }, this.picker, this.text, ways)
    const one = h('div', { class: 'row' }, this.lock, this.gone, h('button', { onclick: () => this.add() }, said.add))
    return h('div', { class: 'stack tight' }, this.edit, one)
  }

  show() {
    const colors = current()
    const { colors: own, ownColors } = state.get('settings')
    const palette = named(paletteName())
    this.title_.textContent = own.length ? said.ownColors(own.length) : palette && !ownColors ? said.named(palette.title, colors.length) : said.colors
    this.about.textContent = colors.length === 0 ? said.ofPicture : colors.length === 1 ? said.two : said.keys
    this.place = Math.min(this.place, Math.max(0, colors.length - 1))
    const locked = locks()
    this.list.classList.toggle('many', colors.length > MANY)
    this.list.replaceChildren(...colors.map((color, place) => this.swatch(color, place, colors.length, locked.has(color))))
    this.back.disabled = !hasPast()
    this.own.hidden = !own.length && !state.get('settings').palette
    this.pick()
  }

  swatch(color, place, count, locked) {
    const label = said.color(color, place + 1, count, locked)
    const button = h('button', { 'aria-label': label, title: color, 'data-place': place, onclick: () => this.select(place) })
    button.style.background = color
    button.classList.toggle('light', isLight(color))
    if (locked) button.append(h('span', { 'aria-hidden': 'true' }, '●'))
    return h('li', {}, button)
  }

  /** Show the colour at the place in the editor. */
  pick() {
    const color = current()[this.place]
    for (const each of [this.edit, this.lock, this.gone]) each.hidden = !color
    if (!color) return
    const locked = locks().has(color)
    Object.assign(this.picker, { value: color, disabled: locked })
    Object.assign(this.text, { value: color, disabled: locked })
    this.gone.disabled = locked
    this.lock.textContent = locked ? said.unlock : said.lock
    ;[...this.list.querySelectorAll('button')].forEach((button, place) => {
      button.tabIndex = place === this.place ? 0 : -1
      button.setAttribute('aria-pressed', place === this.place)
    })
  }

  select(place, { focus = false } = {}) {
    this.place = place
    this.pick()
    if (focus) this.list.children[place]?.firstChild.focus()
  }

  press(event) {
    const step = STEPS[event.key]
    if (step && event.altKey) this.shift(step, { focus: true })
    else if (step) this.select((this.place + step + current().length) % current().length, { focus: true })
    else if (event.key === 'Delete' || event.key === 'Backspace') this.remove({ focus: true })
    else if (event.key.toLowerCase() === 'l') this.turn({ focus: true })
    else return
    event.preventDefault()
    event.stopPropagation() // letters are the sketch's tools elsewhere
  }

  /** Move the colour by so many places. */
  shift(step, { focus = false } = {}) {
    const to = this.place + step
    if (to < 0 || to >= current().length) return
    const from = this.place
    this.place = to
    move(from, to)
    if (focus) this.select(to, { focus })
  }

  turn({ focus = false } = {}) {
    turnLock(current()[this.place])
    this.show()
    if (focus) this.select(this.place, { focus })
  }

  remove({ focus = false } = {}) {
    const colors = [...current()]
    if (locks().has(colors[this.place])) return
    colors.splice(this.place, 1)
    use(colors)
    if (focus) this.select(this.place, { focus })
  }

  add() {
    const colors = [...current()]
    const fresh = colors.includes(FRESH) ? this.near(colors) : FRESH
    this.place = colors.length
    use([...colors, fresh])
    this.text.select()
  }

  /** A grey that isn't there yet. */
  near(colors) {
    for (let grey = 0; ; grey++) {
      const color = `#${grey.toString(16).padStart(2, '0').repeat(3)}`
      if (!colors.includes(color)) return color
    }
  }

  typed() {
    const color = colorOf(this.text.value)
    if (!color) return state.trouble(said.noColor(this.text.value), 'palettes')
    state.solved('palettes')
    this.change(color)
  }

  change(color) {
    const colors = [...current()]
    colors[this.place] = color
    use(colors)
  }

  /** Drag a colour to another place. */
  grab(event) {
    const button = event.target.closest('button')
    if (!button || event.button) return
    const from = Number(button.dataset.place)
    const start = { x: event.clientX, y: event.clientY }
    let to = null
    const drag = (move) => {
      if (to === null && Math.hypot(move.clientX - start.x, move.clientY - start.y) < DRAG) return
      button.classList.add('dragged')
      const over = document.elementFromPoint(move.clientX, move.clientY)?.closest('.colors button')
      if (over && this.list.contains(over)) to = Number(over.dataset.place)
      for (const each of this.list.querySelectorAll('button')) each.classList.toggle('over', Number(each.dataset.place) === to)
    }
    const drop = () => {
      for (const name of ['pointermove', 'pointerup', 'pointercancel']) removeEventListener(name, name === 'pointermove' ? drag : drop)
      button.classList.remove('dragged')
      if (to === null) return // a click
      if (to === from) return this.show()
      this.place = to
      move(from, to)
    }
    addEventListener('pointermove', drag)
    addEventListener('pointerup', drop)
    addEventListener('pointercancel', drop)
  }
}

customElements.define('px-colors', Colors)
