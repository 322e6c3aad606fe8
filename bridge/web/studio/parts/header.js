/** The head of the page: its name, light and dark, the key, and the way to the API's page. */
import { at } from '../api.js'
import { h } from '../dom.js'
import { remember, remembered } from '../memory.js'
import { state } from '../state.js'
import { words } from '../words/en.js'

const THEME = 'pixart.theme'
const dark = matchMedia('(prefers-color-scheme: dark)')

/** Show the page as the reader chose, else as their system is. */
function theme() {
  return remembered('local', THEME) ?? (dark.matches ? 'dark' : 'light')
}

class Header extends HTMLElement {
  connectedCallback() {
    this.setAttribute('role', 'banner')
    const said = words.header
    const title = h('h1', {}, h('img', { src: at('studio/icon.svg'), alt: '' }), words.title)
    this.theme = h('button', { class: 'quiet', title: said.theme.about, onclick: () => this.turn() })
    const ask = () => document.querySelector('px-key').open()
    this.key = h('button', { class: 'quiet', title: said.keyAbout, onclick: ask }, said.key)
    const docs = h('a', { class: 'button quiet', href: at('docs'), title: said.docsAbout }, said.docs)
    this.append(title, h('span', { class: 'gap' }), h('px-fleet'), this.key, this.theme, docs)
    dark.addEventListener('change', () => this.show())
    state.on('key', () => this.show())
    this.show()
  }

  turn() {
    remember('local', THEME, theme() === 'dark' ? 'light' : 'dark')
    this.show()
  }

  show() {
    document.documentElement.dataset.theme = theme()
    this.theme.textContent = words.header.theme[theme()]
    this.key.hidden = !state.get('key')
  }
}

customElements.define('px-header', Header)
