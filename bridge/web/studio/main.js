/** Opens the studio: the frame of the page, what the server offers, and what was drawn here last time. */
import './parts/fleet.js'
import './parts/header.js'
import './parts/notice.js'
import './parts/key.js'
import './parts/views.js'
import './parts/panels.js'
import './parts/canvas.js'
import './parts/live.js'
import './parts/glance.js'
import { h } from './dom.js'
import { begin, recalled } from './keep.js'
import './pictures/take.js' // holds a picture that was taken, also after the page was loaded again
import { offers } from './offers.js'
import { sample, sampleResult } from './source.js'
import { state, USUAL } from './state.js'
import { words } from './words/en.js'

const main = h('main', { 'data-view': 'sketch' }, h('px-canvas', { class: 'stage' }), h('px-live', { class: 'stage' }))
main.append(h('aside', { 'aria-label': words.panels.label }, h('px-panels')))
document.body.append(h('px-header'), h('px-notice'), main, h('px-glance'), h('px-key'))
main.prepend(h('px-views', { class: 'views' }))

/** What was drawn here last; for a newcomer the sample, with what it becomes, whether or not ComfyUI stands yet. */
async function first() {
  const known = await recalled().catch(() => null)
  if (known) return state.set({ source: known })
  const [source, result] = await Promise.all([sample(), sampleResult()])
  state.set({ source, ...(state.get('settings') === USUAL && { result }) })
}

await first()
begin()
state.on('link', () => state.get('link') === 'up' && offers()) // a bridge that was restarted may offer something else
offers()
