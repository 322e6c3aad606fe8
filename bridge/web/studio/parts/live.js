/** The pixel art of the source by the settings, drawn anew at each change by the server's own graph. */
import './kernels.js'
import './view.js'
import { isAway, rest } from '../api.js'
import { h } from '../dom.js'
import { look } from '../offers.js'
import { canKeep, keep } from '../pictures/kept.js'
import { drawn, fields } from '../request.js'
import { state } from '../state.js'
import { colorsOf, pixelsOf } from '../view/pixels.js'
import { words } from '../words/en.js'

const PATIENCE = 150 // milliseconds that a drawing may go on after a newer one was asked for
const UNSAID = 600 // milliseconds of a drawing until the page says that it is on its way
const LOOK = 3000 // milliseconds between two looks whether ComfyUI still answers, while it draws
const MOST_KEPT = 40 // results that are shown again without being drawn again
const UNSNAPPED = /^Nothing was snapped to a grid: (none|nothing)/
const FRAMES = /^The picture has \d+ frames/
const said = words.live

class Live extends HTMLElement {
  #kept = new Map() // results by what was asked for, the oldest first
  #last = null // what was asked for last: its source and its fields as text

  connectedCallback() {
    this.about = h('output', { class: 'soft' })
    this.notes = h('p', { class: 'soft notes' })
    this.keep = h('button', { title: said.keepAbout, disabled: true, onclick: () => this.kept() }, said.keep)
    const below = h('div', { class: 'stack tight' }, this.notes, h('px-kernels', { role: 'status' }))
    this.append(h('header', {}, h('h2', {}, said.title), this.about, this.keep), h('px-view'), below)
    state.on('settings source', () => this.want())
    state.on('link', () => this.want(true))
    state.on('result', () => this.show())
    state.on('comfy', () => this.slow && this.say())
    this.want()
  }

  /** Draw soon, if anything that shows has changed; of several wishes in a moment only the last counts. */
  want(again = false) {
    const source = state.get('source')
    const asked = JSON.stringify(fields(state.get('settings')))
    if (!source || (!again && this.#last?.source === source && this.#last.asked === asked)) return
    if (again && this.#last?.done) return
    this.#last = { source, asked, done: false }
    this.wanted = true
    if (this.hasAttribute('data-busy')) this.hurry()
    else this.draw()
  }

  /** End a drawing that nobody wants any more, if it doesn't end by itself. */
  hurry() {
    const { ender } = this
    setTimeout(() => this.wanted && this.ender === ender && ender?.abort(), PATIENCE)
  }

  async draw() {
    this.toggleAttribute('data-busy', true)
    while (this.wanted && state.get('link') === 'up') {
      this.wanted = false
      const wish = this.#last
      this.ender = new AbortController()
      try {
        const result = await this.made(wish, this.ender.signal)
        if (unsnapped(result)) continue
        state.set({ result })
        wish.done = true
        state.solved('live')
      } catch (error) {
        if (error.name !== 'AbortError') this.failed(error, wish)
      }
    }
    this.toggleAttribute('data-busy', false)
    if (this.slow) this.show()
    this.slow = false
  }

  /** The result of a wish, out of those kept where it was drawn before. */
  async made({ source, asked }, signal) {
    const kept = this.#kept.get(asked)
    if (kept?.source === source) return { ...kept.result }
    const wish = JSON.parse(asked)
    const ender = new AbortController()
    this.watch(ender.signal).catch(() => null) // thrown as the drawing ends
    const result = await drawn(wish, source, { signal }).finally(() => ender.abort())
    if (result.look) result.look = { ...result.look, ...chosen(wish) }
    this.#kept.delete(asked)
    this.#kept.set(asked, { source, result })
    if (this.#kept.size > MOST_KEPT) this.#kept.delete(this.#kept.keys().next().value)
    return result
  }

  /** Say that a drawing takes its time, and whether ComfyUI is away meanwhile, until it ends. */
  async watch(signal) {
    for (let pause = UNSAID; ; pause = LOOK) {
      await rest(pause, signal)
      this.slow = true
      this.say()
      await look()
      signal.throwIfAborted()
    }
  }

  say() {
    this.about.textContent = state.get('comfy') === 'up' ? said.drawing : said.waits
  }

  /** Say why there is no picture; what only has to wait is tried again. */
  failed(error, wish) {
    if (isAway(error)) return
    state.trouble(error.message, 'live')
    if (error.seconds) setTimeout(() => wish === this.#last && this.want(true), 1000 * error.seconds)
  }

  /** Keep the picture that shows, once. */
  async kept() {
    const result = state.get('result')
    this.offer(said.keeping, false)
    try {
      await keep(result)
      state.solved('keep')
      if (result === state.get('result')) this.offer(said.kept, false)
    } catch (error) {
      if (!isAway(error)) state.trouble(error.message, 'keep')
      if (result === state.get('result')) this.offer(said.keep, true)
    }
  }

  offer(text, free) {
    this.keep.textContent = text
    this.keep.disabled = !free
  }

  async show() {
    const result = state.get('result')
    if (!result) return (this.about.textContent = '')
    this.offer(said.keep, canKeep(result))
    const { blob, width, height, milliseconds, look, notes } = result
    const colors = colorsOf(await pixelsOf(blob))
    if (result !== state.get('result')) return
    this.about.textContent = said.made(`${width} × ${height}`, said.colors(colors.length), milliseconds)
    const own = result.source?.note // says of a picture's frames what the editor's note does, in the studio's words
    this.notes.textContent = [look && said.look(look), own, ...notes.filter((note) => !own || !FRAMES.test(note))].filter(Boolean).join(' ')
  }
}

/** Whether there was no grid to snap to: then nothing is snapped, and the size is again the one that was chosen. */
function unsnapped({ body, source, notes }) {
  const isNone = body.snap && source === state.get('source') && notes.some((note) => UNSNAPPED.test(note))
  if (!isNone) return false
  state.tune({ snap: false })
  state.trouble(words.finish.noGrid, 'snap')
  return true
}

/** What a person chose where the look at the picture would have. */
function chosen(wish) {
  const names = ['method', 'dither'].filter((name) => wish[name] && wish[name] !== 'auto')
  return Object.fromEntries(names.map((name) => [name, wish[name]]))
}

customElements.define('px-live', Live)
