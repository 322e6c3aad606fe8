/**
 * What an artist does by hand: true pixels of false ones, stray pixels away, a line around what is opaque. With the
 * attribute `data-of="words"` for what a model draws, where `ofSketch` says whether that takes the sketch, which alone has
 * a grid to be snapped to.
 */
import { h } from '../dom.js'
import { state } from '../state.js'
import { words } from '../words/en.js'

const said = words.finish
const INK = '#000000' // of an outline whose colour nobody chose yet

class Finish extends HTMLElement {
  connectedCallback() {
    this.className = 'stack tight'
    this.color = h('input', { type: 'color', value: INK, 'aria-label': said.color, oninput: () => this.line() })
    this.snap = this.box('snap', () => state.tune({ snap: this.snap.checked }))
    this.clean = this.box('clean', () => state.tune({ clean: this.clean.checked }))
    this.outline = this.box('outline', () => this.line(), this.color)
    this.stop = state.on('settings', () => this.show())
    this.show()
  }

  set ofSketch(takes) {
    this.snap.closest('.finish').hidden = !takes
  }

  disconnectedCallback() {
    this.stop()
  }

  /** A switch with its name, what belongs to it, and a sentence on what it does. */
  box(name, change, ...more) {
    const about = h('small', { id: `finish-${name}-${this.dataset.of ?? 'sketch'}`, class: 'soft' }, said.about[name])
    const input = h('input', { type: 'checkbox', onchange: change, 'aria-describedby': about.id })
    const row = h('div', { class: 'row' }, h('label', { class: 'line' }, input, said[name]), ...more)
    this.append(h('div', { class: 'finish' }, row, about))
    return input
  }

  line() {
    state.tune({ outline: this.outline.checked ? this.color.value : '' })
  }

  show() {
    const { machine, paper, snap, clean, outline } = state.get('settings')
    for (const input of [this.snap, this.clean, this.outline]) input.disabled = Boolean(machine) && !this.dataset.of
    this.snap.disabled ||= paper
    Object.assign(this.snap, { checked: snap })
    Object.assign(this.clean, { checked: clean })
    Object.assign(this.outline, { checked: outline !== '' })
    if (outline) this.color.value = outline
    this.color.hidden = !outline
  }
}

/** Those of the names of what is done by hand that are switched on. */
export const done = ({ snap, clean, outline }) => Object.entries({ snap, clean, outline }).flatMap(([name, on]) => (on ? [said[name]] : []))

customElements.define('px-finish', Finish)
