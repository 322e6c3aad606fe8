/** Takes the result out of the studio: files, the clipboard, the graph, and the calls that an app makes for the same. */
import { ask, call, patient } from '../api.js'
import { copyText, download, h, menu } from '../dom.js'
import { about, APIS, asCurl, asPython } from '../out/calls.js'
import { sheetOf } from '../out/sheet.js'
import { cArray, gimpPalette, hexPalette, rgb565 } from '../out/texts.js'
import { fields, file } from '../request.js'
import { state } from '../state.js'
import { framesOf } from '../view/frames.js'
import { colorsOf, pixelsOf } from '../view/pixels.js'
import { enlarged } from '../view/png.js'
import { aspectOf } from '../view/screen.js'
import { words } from '../words/en.js'

const said = words.out
const FACTORS = [2, 4, 8, 10, 16, 32]
const NAME = 'sprite'
const MOST_SENT = 512 // pixels a side that the server draws
const EXACT = { style: 'pixel-modern', method: 'nearest', dither: 'none', contrast: 1, fit: 'stretch', prompt: '' } // the same pixels
const MOVING = { gif: 'gif', apng: 'apng', aseprite: 'aseprite' } // formats that the server writes -> endings

class Out extends HTMLElement {
  connectedCallback() {
    this.className = 'stack'
    this.factor = 8
    this.api = 'pixart'
    this.language = 'curl'
    this.append(this.pictures(), this.files(), this.calls())
    this.stops = [state.on('settings key', () => this.showCall()), state.on('result', () => this.offer())]
    this.showCall()
    this.offer()
  }

  disconnectedCallback() {
    this.stops.forEach((stop) => stop())
  }

  pictures() {
    const factor = menu(said.factor, FACTORS.map((each) => [each, `${each}×`]), (value) => this.enlarge(Number(value)))
    factor.className = 'short beside'
    factor.control.value = this.factor
    const big = this.saver('large', async (pixels, result) => [await this.enlarged(pixels, result), `${NAME}-${this.factor}x.png`])
    const one = this.saver('png', (_, { blob }) => [blob, `${NAME}.png`], 'main')
    const moving = this.saver('large-gif', (pixels, result) => this.largeGif(pixels, result))
    moving.title = said.gifAbout(MOST_SENT)
    this.machine = this.saver('machine', (_, { files }) => zip(files))
    this.size = h('span', { class: 'soft small' })
    const rows = [[one, this.machine], [big, moving, factor, this.size]].map((row) => h('div', { class: 'row' }, ...row))
    const copied = h('output', { role: 'status' })
    const copy = h('button', { 'data-copy': 1, onclick: () => this.copyPicture(copied, 1) }, said.copy(1))
    this.large = h('button', { 'data-copy': 'large', onclick: () => this.copyPicture(copied, this.factor) })
    this.enlarge(this.factor)
    const reuse = h('button', { onclick: () => this.reuse(), title: said.reuseAbout }, said.reuse)
    const graph = h('p', { class: 'soft' }, said.graph)
    editor().then((url) => url && graph.append(' ', h('a', { href: url, target: '_blank', rel: 'noreferrer' }, said.editor)))
    return section(said.picture, ...rows, h('div', { class: 'row' }, h('div', { class: 'group' }, copy, this.large), reuse, copied), graph)
  }

  files() {
    const moving = Object.keys(MOVING).map((name) => this.saver(name, (pixels, result) => this.animation(name, pixels, result)))
    const text = (make, ending) => (pixels) => [new Blob([make(pixels, NAME)]), `${NAME}.${ending}`]
    const palettes = [this.saver('gpl', text(gimpPalette, 'gpl')), this.saver('hex', text(hexPalette, 'hex'))]
    const panels = [this.saver('rgb565', text(rgb565, 'rgb565')), this.saver('c', text(cArray, 'c'))]
    const sketch = h('button', { onclick: () => this.saveSketch() }, said.formats.sketch)
    const sheet = this.saver('sheet', (pixels, result) => this.sheet(pixels, result))
    const row = h('div', { class: 'choices' }, ...moving, sheet, ...palettes, ...panels, sketch)
    return section(said.others, row)
  }

  /** Offer a machine's files where the result has some, and say how large the result becomes. */
  async offer() {
    const result = state.get('result')
    this.machine.hidden = !result?.files
    if (!result) return
    const aspect = await aspectOf(result)
    if (result === state.get('result')) this.size.textContent = said.size(result.width * aspect * this.factor, result.height * this.factor, aspect)
  }

  /** The result so many times larger, each pixel in the shape that its screen gives it. */
  async enlarged(pixels, result) {
    return enlarged(pixels, this.factor, await aspectOf(result))
  }

  /** A button that makes a file of the result and gives it to the reader. */
  saver(name, make, look = '') {
    const save = async () => {
      const result = state.get('result')
      if (!result) return state.trouble(said.nothing, 'out')
      button.disabled = true
      try {
        download(...(await make(await pixelsOf(result.blob), result)))
        state.solved('out')
      } catch (error) {
        state.trouble(error.message, 'out')
      } finally {
        button.disabled = false
      }
    }
    const button = h('button', { class: look, 'data-format': name, onclick: save }, said.formats[name])
    return button
  }

  /**
   * The result as the server writes it in a format of animations: the same pixels in the same colours. Of a sketch that
   * moves, all frames by the settings.
   */
  async animation(animation, pixels, { blob, width, height }) {
    const name = `${NAME}.${MOVING[animation]}`
    const source = state.get('source')
    const settings = { ...state.get('settings'), machine: '' } // whose screen shows one picture
    if (source?.moves) return [await patient(() => file({ ...fields(settings), animation }, source)), name]
    const body = { ...EXACT, width, height, animation, colorPalette: two(colorsOf(pixels)) }
    return [await patient(() => file(body, { blob })), name]
  }

  /** The GIF in the shape of the result's screen, so many times larger, or as many as the server draws. */
  async largeGif(pixels, result) {
    const moves = state.get('source')?.moves
    const [blob] = moves ? await this.animation('gif', pixels, result) : [result.blob]
    const all = moves ? await Promise.all((await framesOf(blob)).map((frame) => pixelsOf(frame.bitmap))) : [pixels]
    const [{ width, height }] = all
    const aspect = moves ? 1 : await aspectOf(result) // what moves is drawn for no machine
    const factor = Math.max(1, Math.min(this.factor, Math.floor(MOST_SENT / Math.max(width * aspect, height))))
    const size = { width: width * aspect * factor, height: height * factor }
    const body = { ...EXACT, ...size, animation: 'gif', colorPalette: two([...new Set(all.flatMap(colorsOf))]) }
    return [await patient(() => file(body, { blob })), `${NAME}-${factor}x.gif`]
  }

  /** All frames side by side, and the JSON that says where each is. */
  async sheet(pixels, result) {
    const [moving] = await this.animation('gif', pixels, result)
    const { pixels: row, json } = sheetOf(await framesOf(moving), `${NAME}-sheet.png`)
    download(new Blob([json], { type: 'application/json' }), `${NAME}-sheet.json`)
    return [await enlarged(row, 1), `${NAME}-sheet.png`]
  }

  /** Save and copy so many times larger from now on. */
  enlarge(factor) {
    this.factor = factor
    this.large.textContent = said.copy(factor)
    this.offer()
  }

  async copyPicture(output, factor) {
    const result = state.get('result')
    if (!result) return state.trouble(said.nothing, 'out')
    const pixels = await pixelsOf(result.blob)
    const large = factor === 1 ? enlarged(pixels, 1) : this.enlarged(pixels, result)
    await this.toClipboard(output, () => navigator.clipboard.write([new ClipboardItem({ 'image/png': large })]))
  }

  /** Copy, and say beside the button whether it worked. */
  async toClipboard(output, write, failed = said.noClipboard) {
    try {
      await write()
      output.textContent = said.copied
    } catch {
      output.textContent = failed
    }
  }

  saveSketch() {
    const source = state.get('source')
    if (source) download(source.blob, 'sketch.png')
  }

  /** Go on drawing on the result, in the shape that it shows in. */
  async reuse() {
    const result = state.get('result')
    if (!result) return state.trouble(said.nothing, 'out')
    const aspect = await aspectOf(result)
    const blob = aspect === 1 ? result.blob : await enlarged(await pixelsOf(result.blob), 1, aspect)
    const { width, height } = result
    state.set({ source: { blob, width: width * aspect, height, name: said.reused, kind: 'drawing' } })
  }

  calls() {
    const api = menu(said.api, Object.entries(APIS).map(([name, { title }]) => [name, title]), (name) => ((this.api = name), this.showCall()))
    this.languages = ['curl', 'python'].map((name) => h('button', { onclick: () => ((this.language = name), this.showCall()) }, said[name]))
    const group = h('div', { class: 'group', role: 'group', 'aria-label': said.language }, ...this.languages)
    const copied = h('output', { role: 'status' })
    const write = () => copyText(this.code.textContent)
    const copy = h('button', { onclick: () => this.toClipboard(copied, write, said.noCode) }, said.copyCode)
    this.code = h('code')
    this.about = h('p', { class: 'soft' })
    const box = h('pre', { tabindex: 0, role: 'group', 'aria-label': said.code }, this.code)
    return section(said.apps, api, h('div', { class: 'row' }, group, copy, copied), box, this.about)
  }

  showCall() {
    const write = this.language === 'curl' ? asCurl : asPython
    const settings = state.get('settings')
    this.code.textContent = write(this.api, settings, Boolean(state.get('key')))
    this.about.textContent = said.calls[about(this.api, settings)]
    this.languages.forEach((button, place) => button.setAttribute('aria-pressed', (place === 0) === (this.language === 'curl')))
  }
}

/** Colours as a request takes them, which are two at least. */
const two = (colors) => (colors.length > 1 ? colors : [...colors, '#000001', '#000002'].slice(0, 2))

/** All files for a machine in one, and the name that the server gives to that. */
async function zip(path) {
  const answer = await patient(() => call(path.slice(1)))
  const [, name] = answer.headers.get('Content-Disposition').match(/filename="(.+)"/)
  return [await answer.blob(), name]
}

/** Where ComfyUI's editor is, for who may know that and sits at its machine, or can reach it elsewhere; else null. */
async function editor() {
  const { comfyui } = await ask('health').catch(() => ({}))
  if (!comfyui?.url) return null
  const local = (host) => ['127.0.0.1', 'localhost', '[::1]'].includes(host)
  return local(new URL(comfyui.url).hostname) && !local(location.hostname) ? null : comfyui.url
}

function section(title, ...children) {
  return h('section', { class: 'stack tight' }, h('h3', {}, title), ...children)
}

customElements.define('px-out', Out)
