/** The look of the next drawing: style, size, dither, downscale and what else tunes it. */
import './finish.js'
import { h, menu } from '../dom.js'
import { forget, named } from '../palettes/present.js'
import { isSnapped } from '../request.js'
import { state, USUAL } from '../state.js'
import { words } from '../words/en.js'

const SIDES = [16, 24, 32, 48, 64, 96, 128, 256, 512]
const TUNED = ['dither', 'pattern', 'method', 'metric', 'strength', 'contrast', 'fit', 'snap', 'clean', 'outline']
const said = words.look

class Look extends HTMLElement {
  connectedCallback() {
    this.className = 'stack'
    this.stop = state.on('settings options result', () => this.show())
    this.show()
  }

  disconnectedCallback() {
    this.stop()
  }

  show() {
    const options = state.get('options')
    if (!options) return this.replaceChildren(h('p', { class: 'soft', role: 'status' }, said.loading))
    if (this.built !== options) this.build(options)
    const settings = state.get('settings')
    for (const button of this.styles) button.setAttribute('aria-checked', button.dataset.style === settings.style)
    for (const button of this.styles) button.tabIndex = button.dataset.style === settings.style ? 0 : -1
    const side = Math.max(settings.width, settings.height)
    this.side.value = side
    const screen = options.machines[settings.machine]
    this.machine.control.value = screen ? settings.machine : ''
    this.sideLabel.textContent = screen ? said.sizes.screen : said.sizes.side
    const own = !screen && isSnapped(settings)
    this.sideOutput.textContent = screen ? said.screen(...screen.size) : own ? grid() : said.pixels(side)
    this.why.textContent = screen ? said.fixed.screen : own ? said.fixed.grid : ''
    this.why.hidden = !this.why.textContent
    for (const control of [...this.styles, this.contrast.input]) control.disabled = Boolean(screen)
    for (const control of [this.side, ...this.sides]) control.disabled = Boolean(screen) || own
    this.fit.control.disabled = own
    this.metric.control.disabled = this.paper.disabled = Boolean(screen)
    for (const button of this.sides) button.setAttribute('aria-pressed', !screen && !own && Number(button.dataset.side) === side)
    for (const name of ['dither', 'method', 'metric', 'fit', 'pattern', 'quality']) this[name].control.value = settings[name]
    this.pattern.hidden = this.quality.hidden = !screen
    this.dither.hidden = Boolean(screen)
    this.range('strength', settings.strength)
    this.range('contrast', settings.contrast)
    this.paper.checked = settings.paper
    this.others.hidden = Boolean(screen)
    this.others.hidden ||= !(settings.palette || settings.colors.length || settings.ownColors)
    this.others.firstChild.textContent = said.others(chosenColors(settings))
  }

  build(options) {
    this.built = options
    const auto = (names) => [['', said.auto], ...names.filter((name) => name !== 'auto').map((name) => [name, name])]
    this.dither = menu(said.dither, auto(options.dithers), (dither) => state.tune({ dither }))
    this.method = menu(said.method, auto(options.methods), (method) => state.tune({ method }))
    this.metric = menu(said.metric, [['', said.usual], ...options.metrics.map((name) => [name, name])], (metric) => state.tune({ metric }))
    this.fit = menu(said.fit, options.fits.map((name) => [name, said.fits[name]]), (fit) => state.tune({ fit }))
    const strength = this.slider('strength', 0, 1, 0.05)
    const contrast = this.slider('contrast', 0.5, 2, 0.05)
    this.paper = h('input', { type: 'checkbox', onchange: () => state.tune({ paper: this.paper.checked }) })
    const paper = h('label', { class: 'line' }, this.paper, said.paper)
    const fine = h('details', { open: true }, h('summary', {}, said.fine))
    fine.append(h('div', { class: 'stack' }, h('div', { class: 'pair' }, this.metric, this.fit), strength, contrast, paper))
    const finish = h('section', { class: 'stack tight' }, h('h3', {}, words.finish.title), h('px-finish'))
    const machines = Object.entries(options.machines).map(([name, { title }]) => [name, title])
    this.machine = menu(said.machine, [['', said.noMachine], ...machines], (machine) => state.tune({ machine }))
    this.pattern = menu(said.dither, Object.entries(said.patterns), (pattern) => state.tune({ pattern }))
    this.quality = menu(said.effort, Object.entries(said.efforts), (quality) => state.tune({ quality }))
    const way = h('div', { class: 'pair' }, this.dither, this.pattern, this.method)
    this.replaceChildren(this.styleMenu(options), this.machine, this.quality, this.sizes(options), way, finish, fine, this.reset())
  }

  styleMenu(options) {
    const group = h('div', { class: 'choices styles', role: 'radiogroup', 'aria-label': said.style, onkeydown: (event) => this.step(event) })
    this.styles = Object.entries(options.styles).map(([name, style]) => {
      const button = h('button', { class: 'style', role: 'radio', 'data-style': name, onclick: () => state.tune({ style: name }) })
      const colors = options.palettes.find((palette) => palette.name === style.palette)?.colors ?? []
      const shown = style.own_colors ? h('small', {}, said.ownColors(style.own_colors)) : swatches(colors)
      button.append(h('span', {}, said.styles[name] ?? name), shown)
      return button
    })
    group.append(...this.styles)
    this.others = h('div', { class: 'row', role: 'status' }, h('p', { class: 'soft small grow' }), h('button', { onclick: forget }, said.ofStyle))
    return h('div', { class: 'stack tight' }, h('h3', {}, said.style), group, this.others)
  }

  /** Arrow keys go from style to style, as in every group of radio buttons. */
  step(event) {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key]
    if (!step) return
    event.preventDefault()
    const here = this.styles.indexOf(event.target.closest('button'))
    const next = this.styles[(here + step + this.styles.length) % this.styles.length]
    state.tune({ style: next.dataset.style })
    next.focus()
  }

  sizes(options) {
    const { least, most } = options.sizes
    this.sideOutput = h('output', {})
    this.sideLabel = new Text()
    this.why = h('small', { id: 'side-why', class: 'soft', hidden: true })
    const about = { 'aria-describedby': this.why.id, oninput: () => resize(Number(this.side.value)) }
    this.side = h('input', { type: 'range', min: least, max: 256, step: 1, ...about })
    const label = h('label', {}, h('span', {}, this.sideLabel, this.sideOutput), this.side)
    const group = h('div', { class: 'group sides', role: 'group', 'aria-label': said.sizes.side })
    this.sides = SIDES.filter((side) => side >= least && side <= most).map((side) =>
      h('button', { 'data-side': side, onclick: () => resize(side) }, String(side)),
    )
    group.append(...this.sides)
    return h('div', { class: 'stack tight' }, label, this.why, group)
  }

  slider(name, min, max, step) {
    const output = h('output', {})
    const input = h('input', { type: 'range', min, max, step, oninput: () => state.tune({ [name]: Number(input.value) }) })
    this[name] = { input, output }
    return h('label', {}, h('span', {}, said[name], output), input)
  }

  /** Show a slider's value, or the style's where the reader chose none. */
  range(name, value) {
    const { input, output } = this[name]
    input.value = value ?? this.built.styles[state.get('settings').style]?.[name] ?? 1
    output.textContent = value === null ? said.usual : Number(value).toFixed(2)
  }

  reset() {
    const usual = Object.fromEntries(TUNED.map((name) => [name, USUAL[name]]))
    return h('div', {}, h('button', { onclick: () => state.tune(usual) }, said.reset))
  }
}

/** The size that a snapped picture came to, where it is there. */
function grid() {
  const { body, width, height } = state.get('result') ?? {}
  return body?.snap ? said.screen(width, height) : said.sizes.grid
}

/** What the colours are called that draw in place of the style's. */
function chosenColors({ palette, colors, ownColors }) {
  if (colors.length) return words.palettes.ownColors(colors.length)
  return ownColors ? said.ownColors(ownColors) : (named(palette)?.title ?? palette)
}

/** Draw at another longest side. */
function resize(side) {
  state.tune({ width: side, height: side })
}

/** A strip of colours. */
export function swatches(colors) {
  const strip = h('span', { class: 'swatches', 'aria-hidden': 'true' })
  for (const color of colors) strip.append(h('i'))
  colors.forEach((color, place) => (strip.children[place].style.background = color)) // the policy allows this way only
  return strip
}

customElements.define('px-look', Look)
