/** What an artist does by hand: true pixels of false ones, stray pixels away, a line around what is opaque. */
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

  disconnectedCallback() {
    this.stop()
  }

  /** A switch with its name, what belongs to it, and a sentence on what it does. */
  box(name, change, ...more) {
    const about = h('small', { id: `finish-${name}`, class: 'soft' }, said.about[name])
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
    for (const input of [this.snap, this.clean, this.outline]) input.disabled = Boolean(machine)
    this.snap.disabled ||= paper
    Object.assign(this.snap, { checked: snap })
    Object.assign(this.clean, { checked: clean })
    Object.assign(this.outline, { checked: outline !== '' })
    if (outline) this.color.value = outline
    this.color.hidden = !outline
  }
}

customElements.define('px-finish', Finish)
