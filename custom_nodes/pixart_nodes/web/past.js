// What the last runs reported, back on the nodes after the page is loaded anew: ComfyUI's history has it.
import { api } from '../../scripts/api.js'
import { app } from '../../scripts/app.js'

const KEY = 'pixart.runs' // in the tab's own storage: [workflow, {node: the run in which it reported last}], newest last
const MOST_WORKFLOWS = 16

const known = new Set() // workflows of which this page has all that they reported
const queued = new Map() // workflow of each run that this page queued
let early = [] // [run, node] that reported before ComfyUI has answered that it is queued

function runs() {
  try {
    return new Map(JSON.parse(sessionStorage.getItem(KEY) ?? '[]'))
  } catch {
    return new Map() // nothing may be stored here
  }
}

function keep(run, node) {
  const workflow = queued.get(run)
  if (!workflow) return void early.push([run, node])
  known.add(workflow)
  const all = runs()
  const own = { ...all.get(workflow), [node]: run }
  all.delete(workflow)
  all.set(workflow, own)
  try {
    sessionStorage.setItem(KEY, JSON.stringify([...all].slice(-MOST_WORKFLOWS)))
  } catch {
    // then a page that is loaded anew has no reports
  }
}

/** The node that a run names, such as `3`, or `5:3` in the subgraph that is node 5. */
function nodeAt(place, graph) {
  const parts = place.split(':')
  for (const part of parts.slice(0, -1)) graph = graph?.getNodeById(part)?.subgraph
  return graph?.getNodeById(parts.at(-1))
}

/** What a run reported, by the nodes' names in it. */
async function outputsOf(run) {
  const response = await api.fetchApi(`/history/${run}`)
  const { prompt = [], outputs = {} } = response.ok ? ((await response.json())[run] ?? {}) : {}
  return [run, { nodes: prompt[2] ?? {}, outputs }]
}

async function bringBack() {
  const root = app.rootGraph ?? app.graph
  const { id } = root
  const own = known.has(id) ? [] : Object.entries(runs().get(id) ?? {})
  if (!own.length) return void known.add(id)
  const found = new Map(await Promise.all([...new Set(own.map(([, run]) => run))].map(outputsOf)))
  if (root.id !== id) return // another workflow was opened meanwhile
  const back = {}
  for (const [place, run] of own) {
    const node = nodeAt(place, root)
    const { nodes, outputs } = found.get(run)
    if (!node || !outputs[place] || nodes[place]?.class_type !== node.comfyClass) continue
    back[(node.graph === root ? '' : `${node.graph.id}:`) + node.id] = outputs[place]
  }
  app.nodeOutputs = { ...back, ...app.nodeOutputs }
  known.add(id)
}

const queue = api.queuePrompt
api.queuePrompt = async function (number, data, ...more) {
  const answer = await queue.call(this, number, data, ...more)
  queued.set(answer.prompt_id, data?.workflow?.id)
  const waiting = early.filter(([run]) => run === answer.prompt_id)
  early = []
  for (const one of waiting) keep(...one)
  return answer
}

app.registerExtension({
  name: 'Pixart.Past',

  setup() {
    api.addEventListener('executed', ({ detail: { prompt_id: run, node } }) => keep(run, node))
  },

  afterConfigureGraph() {
    bringBack().catch(error => console.debug('Pixart: no reports of before', error))
  }
})
