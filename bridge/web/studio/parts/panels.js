/** The tabs beside the picture, one for each line of panels.js. */
import { h } from '../dom.js'
import { look, offers } from '../offers.js'
import { PANELS } from '../panels.js'
import { state } from '../state.js'
import { words } from '../words/en.js'

const STEPS = { ArrowRight: 1, ArrowLeft: -1 }

class Panels extends HTMLElement {
  filled = new Set() // names of the panels that are there, or on their way
  tries = 0 // a browser keeps that a module didn't come, so the next try has another address

  connectedCallback() {
    this.tabs = PANELS.map(({ name }) => this.tab(name))
    const list = h('div', { role: 'tablist', 'aria-label': words.panels.label, onkeydown: (event) => this.move(event) })
    list.append(...this.tabs)
    this.sheets = PANELS.map(({ name }) => h('div', { role: 'tabpanel', id: `panel-${name}`, 'aria-labelledby': `tab-${name}`, tabindex: 0 }))
    this.append(list, ...this.sheets)
    state.on('tab', () => (this.show(), history.replaceState(null, '', `#${state.get('tab')}`)))
    state.on('link', () => state.get('link') === 'up' && this.show())
    addEventListener('hashchange', () => this.open())
    this.open()
    this.show()
  }

  /** Open the tab that the page's address names, so that a page which is loaded again, or come back to, is as it was. */
  open() {
    const tab = location.hash.slice(1)
    if (PANELS.some(({ name }) => name === tab)) state.set({ tab })
  }

  tab(name) {
    const about = { role: 'tab', id: `tab-${name}`, 'aria-controls': `panel-${name}`, onclick: () => state.set({ tab: name }) }
    return h('button', about, words.panels[name])
  }

  move(event) {
    const here = PANELS.findIndex(({ name }) => name === state.get('tab'))
    const step = STEPS[event.key]
    if (!step) return
    const next = (here + step + PANELS.length) % PANELS.length
    state.set({ tab: PANELS[next].name })
    this.tabs[next].focus()
  }

  show() {
    PANELS.forEach((panel, place) => {
      const shown = panel.name === state.get('tab')
      this.tabs[place].setAttribute('aria-selected', shown)
      this.tabs[place].tabIndex = shown ? 0 : -1
      this.sheets[place].hidden = !shown
      if (shown && !this.filled.has(panel.name)) this.fill(panel, this.sheets[place])
    })
  }

  async fill({ name, tag, module }, sheet) {
    this.filled.add(name)
    sheet.replaceChildren(h(tag))
    look() // a module that comes late may be of a newer studio
    try {
      const address = new URL(module, new URL('../panels.js', import.meta.url))
      if (this.tries) address.search = this.tries
      await import(address)
    } catch {
      this.filled.delete(name)
      this.tries++
      const again = h('button', { onclick: () => location.reload() }, words.notice.again)
      sheet.replaceChildren(h('div', { class: 'stack' }, h('p', {}, words.errors.panel(words.panels[name])), h('div', {}, again)))
      offers() // once a server that is away has come back, the panel is opened again
    }
  }
}

customElements.define('px-panels', Panels)
