/** A contact sheet of the present sketch: palettes by dithers, drawn by the server one by one; a click takes both. */
import { patient } from '../api.js'
import { h } from '../dom.js'
import { current, named, paletteName } from '../palettes/present.js'
import { drawn, fields } from '../request.js'
import { state } from '../state.js'
import { fitting } from '../view/scale.js'
import { words } from '../words/en.js'

const said = words.palettes
const DITHERS = ['none', 'bayer-4', 'floyd-steinberg', 'atkinson']
const ROWS = 5 // palettes beside the present one

class Compare extends HTMLElement {
  connectedCallback() {
    this.className = 'stack tight'
    this.begin = h('button', { onclick: () => this.draw() }, said.compare)
    this.end = h('button', { hidden: true, onclick: () => this.ender.abort() }, said.stop)
    this.table = h('div', { class: 'matrix' })
    const sheet = h('details', {}, h('summary', {}, said.sheet))
    sheet.append(h('div', { class: 'stack tight' }, h('p', { class: 'soft small' }, said.sheetAbout), h('div', { class: 'row' }, this.begin, this.end), this.table))
    this.append(sheet)
    this.stop = state.on('settings', () => this.mark())
  }

  disconnectedCallback() {
    this.stop()
    this.ender?.abort()
  }

  /** The palettes of the sheet: the present colours, and the first that the search leaves. */
  palettes() {
    const { colors } = state.get('settings')
    const own = colors.length ? { palette: '', colors, title: said.present } : row(named(paletteName()))
    const others = document.querySelector('px-shelf').visible.map(({ palette }) => row(palette))
    const rows = [own, ...others.filter(({ palette }) => palette !== own?.palette || colors.length)]
    return rows.filter((each) => each && (each.palette || current().length > 1)).slice(0, ROWS + 1)
  }

  dithers() {
    const known = state.get('options').dithers
    const { dither } = state.get('settings')
    return [...new Set([...DITHERS, ...(dither ? [dither] : [])])].filter((name) => known.includes(name))
  }

  async draw() {
    if (!state.get('source') || !state.get('options')) return
    this.ender?.abort()
    const { signal } = (this.ender = new AbortController())
    this.build(this.palettes(), this.dithers())
    this.busy(true)
    try {
      for (const cell of this.cells) await this.fill(cell, signal)
      state.solved('compare')
    } catch (error) {
      if (!signal.aborted) state.trouble(error.message, 'compare')
    }
    if (this.ender.signal === signal) this.busy(false)
  }

  busy(busy) {
    this.begin.hidden = busy
    this.end.hidden = !busy
  }

  build(palettes, dithers) {
    this.cells?.forEach(({ url }) => URL.revokeObjectURL(url))
    this.cells = palettes.flatMap((palette) => dithers.map((dither) => this.cell(palette, dither)))
    const head = h('tr', {}, ...dithers.map((dither) => h('th', { scope: 'col' }, dither)))
    const rows = palettes.map((palette, place) => {
      const cells = this.cells.slice(place * dithers.length, (place + 1) * dithers.length)
      // above its pictures, which beside it would have no room for each of their pixels
      const title = h('tr', {}, h('th', { scope: 'rowgroup', colspan: dithers.length }, palette.title))
      return h('tbody', {}, title, h('tr', {}, ...cells.map(({ button }) => h('td', {}, button))))
    })
    this.table.replaceChildren(h('table', { 'aria-label': said.sheet }, h('thead', {}, head), ...rows))
    this.mark()
  }

  cell({ palette, colors, title }, dither) {
    const cell = { tuned: { palette, colors: palette ? Object.freeze([]) : colors, dither, ownColors: 0 } }
    const label = said.cell(title, dither)
    cell.image = h('img', { class: 'pixels', alt: '', hidden: true })
    cell.button = h('button', { 'aria-label': label, title: label, disabled: true, onclick: () => state.tune(cell.tuned) }, cell.image)
    fitting(cell.image)
    return cell
  }

  async fill(cell, signal) {
    const body = fields({ ...state.get('settings'), ...cell.tuned, machine: '' })
    const { blob } = await patient(() => drawn(body, state.get('source'), { signal }), signal)
    cell.url = URL.createObjectURL(blob)
    Object.assign(cell.image, { src: cell.url, hidden: false })
    cell.button.disabled = false
  }

  mark() {
    const settings = state.get('settings')
    for (const { button, tuned } of this.cells ?? []) {
      const same = ['palette', 'dither'].every((name) => tuned[name] === settings[name])
      button.setAttribute('aria-pressed', same && tuned.colors.join() === settings.colors.join())
    }
  }
}

const row = (palette) => palette && { palette: palette.name, colors: palette.colors, title: palette.title }

customElements.define('px-compare', Compare)
