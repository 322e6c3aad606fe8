// What ComfyUI's editor does for its own nodes only, and what our nodes report, where a person can read it.
import { app } from '../../scripts/app.js'
import { api } from '../../scripts/api.js'

const MOST_LINES = 12
const BREAK = '  \n' // a line's end also where Nodes 2.0 take the text for Markdown
const TEXT = '$$node-text-preview' // the editor's own widget for what a node says while it runs

const ours = node => node.comfyClass?.startsWith('Pixart')

const widget = (node, name) => node.widgets?.find(each => each.name === name)

// %date:yyyy-MM-dd% and %Node.widget%, as in Save Image.
const replaced = text => window.comfyAPI?.utils?.applyTextReplacements?.(app, text) ?? text

const escaped = text => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

const worded = value => (Array.isArray(value) ? value.join(', ') : String(value))

function lines({ files = [], pixart = [] }) {
  const paths = files.map(file => [file.type, file.subfolder, file.filename].filter(Boolean).join('/'))
  const facts = pixart.flatMap(Object.entries).map(([name, value]) => [name, value === null ? '' : worded(value)])
  facts.sort(([one], [other]) => (other === 'notes') - (one === 'notes')) // what is odd goes first: two lines show
  return [...paths, ...facts.filter(([, value]) => value).map(([name, value]) => `${name}: ${value}`)]
}

function tell(node, output) {
  const said = lines(output ?? {})
  if (!said.length || node.graph !== app.canvas.graph) return // the event finds a node by id in the graph that is seen
  const more = said.length > MOST_LINES ? ['…'] : []
  const text = escaped([...said.slice(0, MOST_LINES), ...more].join(BREAK)) // the widget shows HTML
  api.dispatchCustomEvent('progress_text', { nodeId: String(node.id), text })
  const shown = widget(node, TEXT)
  if (shown) shown.serialize = false // else it would be one more value of the node in saved workflows
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

// By itself the editor moves an APNG or WebP only; of a GIF it draws the first frame.
function move(node) {
  const draw = node.onDrawBackground
  node.onDrawBackground = function () {
    draw?.apply(this, arguments) // sets both, `animatedImages` by what the node said of its output
    if (this.images?.[0]?.filename?.endsWith('.gif')) this.animatedImages = true
  }
}

app.registerExtension({
  name: 'Pixart',

  setup() {
    app.canvas.canvas.addEventListener('litegraph:set-graph', () => tellAgain(app.nodeOutputs))
  },

  onNodeOutputsUpdated(outputs) {
    remember(outputs) // a copy: into its own the editor writes what other tabs' prompts report
    tellAgain(outputs)
  },

  nodeCreated(node) {
    if (!ours(node)) return
    const prefix = widget(node, 'filename_prefix')
    if (prefix) prefix.serializeValue = () => replaced(prefix.value)
    const control = node.comfyClass === 'PixartChainParameters' && widget(node, 'control_after_generate')
    if (control) control.value = 'fixed' // the number is the token's: the next run is of the same
    if (node.comfyClass === 'PixartSaveAnimation') move(node)
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
