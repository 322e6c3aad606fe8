/** Ways to bring a palette: a file that is opened, dropped or pasted, a text, or the colours of the sketch. */
import { call, patient } from '../api.js'
import { h } from '../dom.js'
import { replace } from '../palettes/present.js'
import { pictureIn } from '../source.js'
import { state } from '../state.js'
import { words } from '../words/en.js'

const said = words.palettes
const FILES = '.gpl,.hex,.pal,.act,.ase,.aco,.aseprite,.png,.gif,.bmp,.txt,.json,image/*'
const READ = /\.(gpl|hex|pal|act|ase|aco|aseprite|txt|json|png|gif|bmp|jpe?g|webp)$/i // by the server; others as pictures
const MOST_BYTES = 4 << 20 // of a palette file, as the server takes it
const COUNTS = [4, 8, 16, 32, 64]

/** The colours of a file, a text or a picture, as the server reads it. Throws Refusal. */
async function read(data, name, count) {
  const query = new URLSearchParams({ name, ...(count && { colors: count }) })
  return (await patient(() => call(`palettes?${query}`, { method: 'POST', body: data }))).json()
}

class Give extends HTMLElement {
  connectedCallback() {
    this.className = 'stack tight'
    this.text = h('input', { class: 'mono', placeholder: said.example, spellcheck: 'false' })
    this.file = h('input', { type: 'file', accept: FILES, hidden: true, onchange: () => this.chosen() })
    const form = h('form', { class: 'row', onsubmit: (event) => this.typed(event) }, this.text, h('button', {}, said.take))
    const open = h('button', { onclick: () => this.file.click() }, said.open)
    this.count = h('select', { 'aria-label': said.count }, ...COUNTS.map((count) => h('option', { value: count }, said.colorCount(count))))
    this.count.value = 16
    const extract = h('button', { onclick: () => this.extract() }, said.extract)
    this.done = h('p', { class: 'small', role: 'status' })
    const ways = h('div', { class: 'stack tight' }, h('div', { class: 'row' }, extract, this.count), h('div', { class: 'row' }, open, this.file))
    this.append(h('h3', {}, said.bring), h('label', {}, h('span', {}, said.give), form), ways, this.done)
    const panel = this.closest('px-palettes')
    panel.addEventListener('dragover', (event) => this.over(event, panel, true))
    panel.addEventListener('dragleave', (event) => this.over(event, panel, false))
    panel.addEventListener('drop', (event) => this.dropped(event, panel))
    panel.addEventListener('paste', (event) => this.pasted(event))
    this.stop = state.on('brought', () => this.bring())
    this.bring()
  }

  disconnectedCallback() {
    this.stop()
  }

  /** Take what was dropped elsewhere. */
  bring() {
    const file = state.get('brought')
    if (!file) return
    state.set({ brought: null })
    this.open(file)
  }

  over(event, panel, there) {
    if (there) event.preventDefault()
    panel.classList.toggle('over', there)
  }

  dropped(event, panel) {
    event.preventDefault()
    panel.classList.remove('over')
    const { files } = event.dataTransfer
    if (files.length) return this.open(files[0])
    this.take(event.dataTransfer.getData('text'), '')
  }

  pasted(event) {
    const file = event.clipboardData.files[0]
    const typed = event.target.matches('input')
    if (!file && typed) return
    event.preventDefault()
    if (file) this.open(file)
    else this.take(event.clipboardData.getData('text'), '')
  }

  chosen() {
    if (this.file.files.length) this.open(this.file.files[0])
    this.file.value = ''
  }

  open(file) {
    if (file.size > MOST_BYTES && READ.test(file.name)) return state.trouble(said.large(file.name, (file.size / 2 ** 20).toFixed(1)), 'palettes')
    if (!file.size) return state.trouble(words.canvas.empty(file.name), 'palettes')
    return READ.test(file.name) ? this.take(file, file.name) : this.pictured(file)
  }

  /** Take the colours of a picture that the browser opens, or has opened by the server. */
  async pictured(file) {
    const picture = await pictureIn(file).catch((error) => error)
    if (picture instanceof Blob) return this.take(picture, `${file.name}.png`)
    if (file.size > MOST_BYTES) return state.trouble(picture.message, 'palettes')
    await this.take(file, file.name, { refused: picture.message }) // its content may say that it is a palette
  }

  typed(event) {
    event.preventDefault()
    if (this.text.value.trim()) this.take(this.text.value, '')
  }

  async extract() {
    const { blob, name } = state.get('source')
    await this.take(blob, `${name || 'picture'}.png`, { count: Number(this.count.value) })
  }

  /** Draw in the colours of data; `refused` is said in place of the server's own sentence. */
  async take(data, name, { count, refused } = {}) {
    this.done.textContent = said.reading
    try {
      const palette = await read(data, name, count)
      const opaque = palette.colors.filter((color) => color.slice(7) !== '00') // a file's transparent one is no colour
      const colors = [...new Set(opaque.map((color) => color.slice(0, 7)))] // palettes here have no alpha, and each colour once
      replace(colors)
      this.done.textContent = said.taken(palette.title || name, colors.length)
      state.solved('palettes')
    } catch (error) {
      this.done.textContent = ''
      state.trouble(refused ?? error.message, 'palettes')
    }
  }
}

customElements.define('px-give', Give)
