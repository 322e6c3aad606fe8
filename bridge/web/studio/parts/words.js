/** Pictures of words: what to draw, by which mode and model, how many; and the contact sheet of what came. */
import { isAway, up } from '../api.js'
import { copyText, h, menu } from '../dom.js'
import { remember, remembered } from '../memory.js'
import { isPixelArt, models, modes, request, takesPicture, USUAL_MODE } from '../pictures/jobs.js'
import { state } from '../state.js'
import { words } from '../words/en.js'
import './batch.js'
import { done } from './finish.js'

const said = words.pictures
const COUNTS = [1, 2, 4, 9, 16]
const COUNT = 'pixart.count'
const LONGEST_PROMPT = 8000 // characters that the server takes
const LARGEST_SEED = 2 ** 32 - 1

class Words extends HTMLElement {
  connectedCallback() {
    this.className = 'stack'
    this.count = Number(remembered('local', COUNT)) || COUNTS[0]
    this.batch = h('px-batch')
    this.append(this.form(), this.batch)
    this.stops = [state.on('settings', () => this.show()), state.on('options key', () => this.learn()), state.on('settings source tab', () => state.solved('wish'))]
    this.show()
    this.learn()
  }

  disconnectedCallback() {
    this.stops.forEach((stop) => stop())
  }

  form() {
    this.prompt = this.area('prompt', 2)
    this.button = h('button', { class: 'main grow' }, said.draw)
    const counts = menu(said.count, COUNTS.map((count) => [count, said.pictures(count)]), (count) => this.many(Number(count)))
    counts.control.value = this.count
    counts.classList.add('count')
    const go = h('div', { class: 'row bottom' }, counts, this.button)
    return h('form', { class: 'stack', onsubmit: (event) => this.draw(event) }, this.field('prompt', this.prompt), go, this.modes(), this.hand(), this.fine())
  }

  area(name, rows) {
    const area = h('textarea', { rows, maxlength: LONGEST_PROMPT, dir: 'auto', placeholder: said.examples[name], oninput: () => state.tune({ [name]: area.value }) })
    if (name === 'prompt') area.addEventListener('keydown', (event) => this.hasten(event))
    return area
  }

  /** Enter draws; with the shift key it is a new line. */
  hasten(event) {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return
    event.preventDefault()
    this.querySelector('form').requestSubmit()
  }

  field(name, control) {
    return h('label', {}, h('span', {}, said[name]), control)
  }

  modes() {
    this.mode = menu(said.mode, [], (mode) => state.tune({ mode }))
    this.about = h('details', { class: 'missing', hidden: true })
    return h('div', { class: 'stack tight' }, this.mode, this.about)
  }

  /** What is done with it by hand; for modes that make pixel art. */
  hand() {
    this.finish = h('px-finish', { 'data-of': 'words' })
    this.byHand = h('details', { hidden: true }, h('summary', {}), this.finish)
    return this.byHand
  }

  showHand(mode) {
    const { snap, clean, outline } = state.get('settings')
    this.byHand.hidden = !isPixelArt(mode)
    this.finish.ofSketch = takesPicture(mode)
    this.byHand.firstChild.textContent = words.finish.named(done({ snap: snap && takesPicture(mode), clean, outline }))
  }

  fine() {
    this.negative = this.area('negative', 2)
    this.model = menu(said.model, [], (model) => state.tune({ model }))
    this.seed = this.number('seed', 0, LARGEST_SEED)
    this.steps = this.number('steps', 1, 150)
    this.redrawn = h('input', { type: 'range', min: 0, max: 1, step: 0.05, value: 0.75 })
    this.redraw = this.field('redrawn', this.redrawn)
    const pair = h('div', { class: 'pair' }, this.field('seed', this.seed), this.field('steps', this.steps))
    const fine = h('details', {}, h('summary', {}, said.fine))
    fine.append(h('div', { class: 'stack' }, this.field('negative', this.negative), this.model, pair, this.redraw))
    return fine
  }

  number(name, min, max) {
    const take = () => state.tune({ [name]: input.value === '' || !input.validity.valid ? null : Number(input.value) })
    const input = h('input', { type: 'number', min, max, step: 1, placeholder: said.byChance[name], oninput: take })
    return input
  }

  many(count) {
    this.count = count
    remember('local', COUNT, count)
  }

  /** Ask what can be drawn here, and by which models. */
  async learn() {
    if (!state.get('options')?.live) return // ComfyUI isn't ready; it is asked for again until it is
    await up()
    try {
      const [known, there] = await Promise.all([modes(), models()])
      Object.assign(this, { known, there })
      state.solved('words')
    } catch (error) {
      if (!isAway(error) && error.status !== 503) state.trouble(error.message, 'words')
      return
    }
    fill(this.mode.control, choices(this.known))
    fill(this.model.control, [['', this.usualModel()], ...this.there.map(({ id, name }) => [id, name])])
    this.show()
  }

  usualModel() {
    const loaded = this.there.find((model) => model.loaded)
    return loaded ? said.usualModel(loaded.name) : said.noModel
  }

  show() {
    const settings = state.get('settings')
    for (const name of ['prompt', 'negative']) if (this[name].value !== settings[name]) this[name].value = settings[name]
    for (const name of ['seed', 'steps']) {
      const text = settings[name] === null ? '' : String(settings[name])
      if (this[name].value !== text && this[name] !== document.activeElement) this[name].value = text
    }
    if (!this.known) return
    const mode = this.chosen()
    this.mode.control.value = mode.name
    this.model.control.value = this.there.some(({ id }) => id === settings.model) ? settings.model : ''
    this.redraw.hidden = !(takesPicture(mode) && mode.inputs.includes('denoise'))
    this.showHand(mode)
    if (this.told !== mode) this.tell(mode)
  }

  chosen() {
    const named = (name) => this.known.find((mode) => mode.name === name)
    return named(state.get('settings').mode) ?? named(USUAL_MODE) ?? this.known[0]
  }

  /** What draws the mode, and what fetches the models that it is short of. */
  tell(mode) {
    this.told = mode
    this.about.hidden = !mode.missing.length
    this.about.open = !mode.workflow
    const lines = mode.missing.map(({ sentence, command }) => missing(sentence, command))
    this.about.replaceChildren(h('summary', {}, instead(mode.workflow)), ...lines)
  }

  async draw(event) {
    event.preventDefault()
    if (this.busy) return
    if (!this.known) await this.learn() // its lists may be on their way
    if (!this.known) return this.refuse(said.tooEarly)
    const mode = this.chosen()
    if (!state.get('settings').prompt.trim()) return this.refuse(said.promptWanted)
    if (takesPicture(mode) && !state.get('source')) return this.refuse(said.sourceWanted)
    this.working(true)
    try {
      const redrawn = this.redraw.hidden ? null : Number(this.redrawn.value)
      this.batch.fresh = true
      await this.batch.draw(await request(state.get('settings'), mode, state.get('source'), redrawn), this.count)
      state.solved('words')
    } catch (error) {
      if (error.name !== 'AbortError') state.trouble(error.message, 'words')
    }
    this.working(false)
  }

  refuse(sentence) {
    state.trouble(sentence, 'wish')
    this.prompt.focus()
  }

  working(busy) {
    this.busy = busy
    this.button.toggleAttribute('data-busy', busy)
    this.button.textContent = busy ? said.sending : said.draw
  }
}

/** The modes as a menu has them: the usual one first, then those of words alone. */
function choices(known) {
  const rank = ({ name, pictures }) => (name === USUAL_MODE ? -1 : pictures.length)
  const order = [...known].sort((a, b) => rank(a) - rank(b))
  return order.map(({ name, summary }) => [name, said.modes[name] ?? summary])
}

function fill(select, rows) {
  select.replaceChildren(...rows.map(([value, text]) => h('option', { value }, text)))
}

/** What draws a mode whose own models aren't here. */
function instead(workflow) {
  if (!workflow) return said.nothing
  return workflow.includes('_builtin') ? said.builtin : said.instead(workflow)
}

/** A sentence about what is missing, with its command to be copied. */
function missing(sentence, command) {
  const lead = command ? sentence.replace(/, or run `.*`\.$/, '.') : sentence
  const line = h('p', { class: 'small' }, lead)
  if (!command) return line
  const button = h('button', { type: 'button', onclick: () => copied(button, command) }, said.copy)
  return h('div', { class: 'stack tight' }, line, h('div', { class: 'row' }, h('code', { class: 'command' }, command), button))
}

async function copied(button, command) {
  const done = await copyText(command).then(() => true, () => false)
  button.textContent = done ? said.copied : said.notCopied
  setTimeout(() => (button.textContent = said.copy), 2000)
}

customElements.define('px-words', Words)
