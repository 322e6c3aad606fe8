/** The built-in palettes as swatches: search, and a click takes one. */
import { h } from '../dom.js'
import { choose } from '../palettes/present.js'
import { state } from '../state.js'
import { words } from '../words/en.js'
import { swatches } from './look.js'

const said = words.palettes
const STEPS = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }

class Shelf extends HTMLElement {
  connectedCallback() {
    this.className = 'stack tight'
    this.search = h('input', { type: 'search', placeholder: said.searchExample, oninput: () => this.filter() })
    this.about = h('p', { class: 'soft small', role: 'status' })
    this.list = h('div', { class: 'shelf', role: 'radiogroup', 'aria-label': said.shelf, onkeydown: (event) => this.step(event) })
    this.append(h('label', {}, h('span', {}, said.search), this.search), this.about, this.list)
    this.stops = [state.on('options', () => this.build()), state.on('settings', () => this.mark())]
    this.build()
  }

  disconnectedCallback() {
    this.stops.forEach((stop) => stop())
  }

  build() {
    const palettes = state.get('options')?.palettes ?? []
    this.rows = palettes.map((palette) => ({ palette, button: this.row(palette) }))
    this.list.replaceChildren(...this.rows.map(({ button }) => button))
    this.filter()
  }

  row({ name, title, author, colors }) {
    const about = h('span', { class: 'name' }, h('span', {}, title), h('small', {}, said.colorCount(colors.length)))
    const button = h('button', { role: 'radio', 'data-palette': name, title: author, onclick: () => choose(name) }, about)
    button.append(swatches(colors))
    return button
  }

  filter() {
    const wanted = this.search.value.toLowerCase().split(/\s+/).filter(Boolean)
    for (const { palette, button } of this.rows) {
      const text = `${palette.name} ${palette.title} ${palette.author} ${palette.colors.length}`.toLowerCase()
      button.hidden = !wanted.every((word) => text.includes(word))
    }
    const count = this.visible.length
    this.about.textContent = count === this.rows.length ? said.all(count) : said.matches(count)
    this.mark()
  }

  /** The palettes that the search leaves. */
  get visible() {
    return this.rows.filter(({ button }) => !button.hidden)
  }

  mark() {
    const { palette, colors } = state.get('settings')
    const chosen = colors.length ? '' : palette
    const tabbed = this.visible.some((row) => row.palette.name === chosen) ? chosen : this.visible[0]?.palette.name
    for (const { palette: { name }, button } of this.rows) {
      button.setAttribute('aria-checked', name === chosen)
      button.tabIndex = name === tabbed ? 0 : -1
    }
  }

  /** Arrow keys go from palette to palette, and take it. */
  step(event) {
    const step = STEPS[event.key]
    if (!step) return
    event.preventDefault()
    const rows = this.visible
    const here = rows.findIndex(({ button }) => button === event.target.closest('button'))
    const next = rows[(here + step + rows.length) % rows.length]
    choose(next.palette.name)
    next.button.focus()
  }
}

customElements.define('px-shelf', Shelf)
