/** Says what went wrong, in one line under the head of the page, which stays in sight while one scrolls; it takes nothing away. */
import { h } from '../dom.js'
import { state } from '../state.js'
import { words } from '../words/en.js'

const LASTING = ['key', 'live', 'options'] // whose part takes back what it said, once that is no longer so
const OF_SKETCH = ['snap', 'out', 'compare', 'palettes', 'keep'] // what these say is of the sketch that there was

class Notice extends HTMLElement {
  connectedCallback() {
    this.setAttribute('role', 'status')
    this.setAttribute('aria-live', 'polite')
    state.on('settings tab', () => this.pass((about) => !LASTING.includes(about)))
    state.on('source', () => this.pass((about) => OF_SKETCH.includes(about)))
    state.on('problem link comfy stale', () => this.show())
    this.show()
  }

  show() {
    const link = state.get('link')
    const problem = state.get('problem')
    const lines = []
    if (link === 'down') lines.push(this.line(words.errors.unreachable))
    if (link === 'locked') lines.push(this.line(problem?.about === 'key' ? problem.sentence : words.errors.keyWanted, h('button', { onclick: this.enter }, words.notice.enter)))
    if (link === 'up' && state.get('comfy') === 'away') lines.push(this.line(words.errors.unready))
    if (link === 'up' && state.get('stale')) lines.push(this.line(words.errors.stale, h('button', { onclick: () => location.reload() }, words.notice.again)))
    if (problem && problem.about !== 'key' && link === 'up') lines.push(this.line(problem.sentence, this.close()))
    this.replaceChildren(...lines)
  }

  /** Take away what was said of something done before: the reader has gone on. */
  pass(isPast) {
    const { about } = state.get('problem') ?? {}
    if (about && isPast(about)) state.solved(about)
  }

  line(sentence, ...buttons) {
    return h('div', { class: 'notice bad' }, h('p', {}, sentence), ...buttons)
  }

  enter() {
    document.querySelector('px-key').open()
  }

  close() {
    return h('button', { class: 'quiet', onclick: () => state.set({ problem: null }) }, words.notice.close)
  }
}

customElements.define('px-notice', Notice)
