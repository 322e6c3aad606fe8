// A row of swatches that a person edits: click for a picker, drag to order, right-click for what else there is.
import { element } from './editor.js'
import { parsed, written } from './palette_text.js'
import { translated } from './sentences.js'

const MOST = 256 // colours of a palette
const whyFull = () => translated('A palette has 256 colours at most: remove one first.')
const FAR = 4 // pixels that a pointer moves before it drags

/** An element with the swatches; `show(colors, names)` fills it, `edited(colors)` is called with each change. */
export class Swatches {
  constructor(edited) {
    this.edited = edited
    this.colors = []
    this.names = []
    this.root = element('div', 'pixart-swatches', { role: 'listbox', ariaLabel: translated('Colours') })
    this.picker = element('input', 'pixart-picker', { type: 'color', tabIndex: -1 })
    this.picker.addEventListener('input', () => this.#pick())
    this.picker.addEventListener('change', () => this.edited(this.colors.map(written), true))
  }

  show(colors, names = []) {
    const content = JSON.stringify([colors, names])
    if (content === this.content) return // else what has the focus would lose it
    this.content = content
    this.colors = colors.map(parsed)
    this.names = names
    const title = this.#full ? whyFull() : translated('Add a colour')
    const add = element('button', 'pixart-swatch pixart-add', { type: 'button', title, textContent: '+', disabled: this.#full })
    add.addEventListener('click', () => this.#change([...this.colors, this.colors.at(-1) ?? parsed('#000000')]))
    this.root.replaceChildren(...this.colors.map((color, at) => this.#swatch(color, at)), add, this.picker)
  }

  get #full() {
    return this.colors.length >= MOST
  }

  #swatch(color, at) {
    const { rgb, alpha, locked } = color
    const about = [`${at}: ${written({ ...color, locked: false })}`, this.names[at], locked && translated('locked')]
    const made = element('button', 'pixart-swatch', { type: 'button', title: about.filter(Boolean).join(' · ') })
    made.style.setProperty('--color', rgb + alpha)
    made.classList.toggle('pixart-locked', locked)
    made.dataset.at = at
    made.addEventListener('pointerdown', event => event.button === 0 && this.#press(event, made, at))
    made.addEventListener('click', event => event.detail === 0 && this.#open(at)) // by keyboard
    made.addEventListener('contextmenu', event => this.#menu(event, at))
    made.addEventListener('keydown', event => this.#key(event, at))
    return made
  }

  #change(colors) {
    this.edited(colors.map(written), true)
  }

  #open(at) {
    this.at = at
    this.picker.value = this.colors[at].rgb
    const { offsetLeft, offsetTop } = this.root.children[at]
    Object.assign(this.picker.style, { left: `${offsetLeft}px`, top: `${offsetTop}px` }) // where the browser's own opens
    this.picker.click()
  }

  #pick() {
    const { alpha } = this.colors[this.at]
    this.colors[this.at] = { ...this.colors[this.at], rgb: this.picker.value, alpha: alpha === '00' ? 'ff' : alpha }
    this.root.children[this.at].style.setProperty('--color', this.picker.value)
    this.content = null
    this.edited(this.colors.map(written), false)
  }

  #press(event, swatch, at) {
    const { clientX, clientY, pointerId } = event
    let to = null
    swatch.setPointerCapture(pointerId)
    const move = each => {
      if (to === null && Math.hypot(each.clientX - clientX, each.clientY - clientY) < FAR) return
      to = this.#under(each) ?? to ?? at
      this.#mark(at, to)
    }
    const end = each => {
      swatch.removeEventListener('pointermove', move)
      this.#mark()
      if (each.type !== 'pointerup') return
      if (to === null) this.#open(at)
      else if (to !== at) this.#move(at, to)
    }
    swatch.addEventListener('pointermove', move)
    for (const type of ['pointerup', 'pointercancel']) swatch.addEventListener(type, end, { once: true })
  }

  #under({ clientX, clientY }) {
    const at = document.elementsFromPoint(clientX, clientY).find(each => each.parentNode === this.root)?.dataset.at
    return at === undefined ? null : Number(at)
  }

  #mark(from, to) {
    for (const each of this.root.children) {
      each.classList.toggle('pixart-dragged', Number(each.dataset.at) === from)
      each.classList.toggle('pixart-target', Number(each.dataset.at) === to && to !== from)
    }
  }

  #move(from, to) {
    const colors = [...this.colors]
    colors.splice(to, 0, ...colors.splice(from, 1))
    this.#change(colors)
  }

  #replace(at, ...replacement) {
    this.#change(this.colors.toSpliced(at, 1, ...replacement))
  }

  #key(event, at) {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key]
    const to = at + (step ?? 0)
    event.stopPropagation() // else the editor deletes the node
    if (event.key === 'Delete' || event.key === 'Backspace') this.colors.length > 1 && this.#replace(at)
    else if (step && event.altKey && this.colors[to]) this.#move(at, to)
    else if (!step) return
    event.preventDefault()
    this.root.children[Math.max(Math.min(to, this.colors.length - 1), 0)]?.focus()
  }

  #menu(event, at) {
    event.preventDefault()
    event.stopPropagation()
    const color = this.colors[at]
    const { alpha, locked } = color
    const clear = alpha === '00'
    menu(event, [
      [translated(locked ? 'Unlock' : 'Lock'), () => this.#replace(at, { ...color, locked: !locked })],
      [translated(clear ? 'Make opaque' : 'Make transparent'), () => this.#replace(at, { ...color, alpha: clear ? 'ff' : '00' })],
      [translated('Duplicate'), () => this.#replace(at, color, color), this.#full && whyFull()],
      [translated('Remove'), () => this.#replace(at), this.colors.length < 2]
    ])
  }
}

/** A menu of [text, action, whether or why it is disabled] where an event was; it goes with the next press anywhere. */
export function menu({ clientX, clientY }, rows) {
  const root = element('div', 'pixart-menu', { role: 'menu' })
  const close = event => {
    if (event?.type === 'pointerdown' && root.contains(event.target)) return
    root.remove()
    for (const type of ['pointerdown', 'keydown', 'wheel']) document.removeEventListener(type, close, true)
  }
  for (const [textContent, action, disabled = false] of rows) {
    const row = element('button', '', { type: 'button', role: 'menuitem', textContent, disabled: !!disabled })
    if (typeof disabled === 'string') row.title = disabled
    row.addEventListener('click', () => (close(), action()))
    root.append(row)
  }
  Object.assign(root.style, { left: `${clientX}px`, top: `${clientY}px` })
  document.body.append(root)
  for (const type of ['pointerdown', 'keydown', 'wheel']) document.addEventListener(type, close, true)
}
