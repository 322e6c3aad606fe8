// What our nodes report, where a person can read it: below their fields, as long as the editor knows it.
import { app } from '../../scripts/app.js'
import { addStyles, addWidget, element, ours } from './editor.js'
import { grow } from './room.js'
import { translated } from './sentences.js'
import { watch } from './watch.js'

const MOST_LINES = 12 // that are seen at once
const LINE = 16 // pixels
const EDGES = 20 // pixels of the widget around the lines

function worded(value) {
  if (Array.isArray(value)) return value.map(worded).join(', ')
  if (value && typeof value === 'object') return worded(Object.values(value).filter(each => each !== null))
  return translated(String(value))
}

function lines({ files = [], pixart = [], cells }) {
  const paths = files.map(file => [file.type, file.subfolder, file.filename].filter(Boolean).join('/'))
  const facts = pixart.flatMap(Object.entries).map(([name, value]) => [name, value === null ? '' : worded(value)])
  const seen = cells ? facts.filter(([name]) => name !== 'taken') : facts // a sheet itself says what is taken now
  seen.sort(([one], [other]) => (other === 'notes') - (one === 'notes')) // what is odd goes first
  return [...paths, ...seen.filter(([, value]) => value).map(([name, value]) => `${name}: ${value}`)]
}

const reports = new WeakMap() // of nodes: the element with the lines

function tell(node, output) {
  const report = lines(output ?? {})
  if (!report.length) return
  const text = reports.get(node) ?? begin(node)
  text.textContent = report.join('\n')
  grow(node, node.computeSize())
}

function begin(node) {
  const text = element('div', '')
  const most = LINE * MOST_LINES
  const needed = () => text.offsetHeight || LINE * text.textContent.split('\n').length // wrapped, once it is on the page
  addWidget(node, 'report', element('pre', 'pixart-report', { role: 'status' }, text), () => Math.min(most, needed()) + EDGES)
  watch(node, () => [node.size[0], text.offsetHeight], () => grow(node, node.computeSize()))
  reports.set(node, text)
  return text
}

// Undo, another tab and a subgraph that is opened make new nodes or show others: what they said is still known.
function tellAgain(outputs = {}) {
  const { graph } = app.canvas
  const place = graph.isRootGraph === false ? `${graph.id}:` : ''
  for (const node of graph.nodes) if (ours(node)) tell(node, outputs[place + node.id])
}

// The editor gives what a prompt of another tab reports to the node that has the same id in this one.
function isOfAnotherTab(node, output) {
  const { openWorkflows = [], activeWorkflow } = app.extensionManager.workflow ?? {}
  const others = openWorkflows.filter(each => each.path !== activeWorkflow?.path)
  return others.some(each => each.changeTracker?.nodeOutputs?.[node.id] === output)
}

// For when the tab is seen again.
function remember(outputs) {
  const tracker = app.extensionManager.workflow?.activeWorkflow?.changeTracker
  if (tracker) tracker.nodeOutputs = { ...tracker.nodeOutputs, ...outputs }
}

app.registerExtension({
  name: 'Pixart.Report',

  setup() {
    addStyles()
    app.canvas.canvas.addEventListener('litegraph:set-graph', () => tellAgain(app.nodeOutputs))
  },

  onNodeOutputsUpdated(outputs) {
    remember(outputs) // a copy: into its own the editor writes what other tabs' prompts report
    tellAgain(outputs)
  },

  nodeCreated(node) {
    if (!ours(node)) return
    const executed = node.onExecuted
    node.onExecuted = function (output) {
      executed?.apply(this, arguments)
      queueMicrotask(() => {
        if (isOfAnotherTab(this, output)) return // which is known once all who listen were told
        if (this.graph.isRootGraph !== false) remember({ [this.id]: output }) // the editor itself misses quick prompts'
        tell(this, output)
      })
    }
  }
})
