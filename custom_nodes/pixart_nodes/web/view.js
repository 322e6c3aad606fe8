// Gives a workflow that says no view one that shows all of it, where the front end would scatter its nodes by fitting it
// into the window later: with Nodes 2.0 front ends before 1.58 measure nodes on the screen while the view changes under
// them, and take what they measure for the nodes' places.
import { app } from '../../scripts/app.js'

const MENDED = [1, 58] // the front end of which that is known
const SPREAD = 1.2 // by which Nodes 2.0 moves the nodes of a workflow that the classic editor saved apart
const ROOM = 0.85 // of the window: the rest is under menus
const TITLE = 30 // pixels above a node's place

const setting = name => app.extensionManager?.setting.get(name)

function isOld() {
  const [major, minor] = String(window.__COMFYUI_FRONTEND_VERSION__ ?? '').split('.').map(Number)
  return major < MENDED[0] || (major === MENDED[0] && minor < MENDED[1])
}

/** Scale and offset as the editor keeps them, by which the middle of all nodes is in the window's. */
function viewOf({ nodes, extra }) {
  const spread = extra?.workflowRendererVersion !== 'Vue' && setting('Comfy.VueNodes.AutoScaleLayout') ? SPREAD : 1
  const boxes = nodes.map(({ pos, size }) => [pos[0], pos[1] - TITLE, pos[0] + size[0], pos[1] + size[1]])
  const [left, top] = [0, 1].map(side => Math.min(...boxes.map(box => box[side])))
  const [right, bottom] = [2, 3].map(side => Math.max(...boxes.map(box => box[side])))
  const [width, height] = [spread * (right - left), spread * (bottom - top)]
  const { clientWidth, clientHeight } = app.canvas.canvas
  const scale = Math.min(1, (ROOM * clientWidth) / width, (ROOM * clientHeight) / height)
  return { scale, offset: [clientWidth / scale / 2 - left - width / 2, clientHeight / scale / 2 - top - height / 2] }
}

app.registerExtension({
  name: 'Pixart.View',

  beforeConfigureGraph(graph) {
    if (!isOld() || !setting('Comfy.VueNodes.Enabled') || graph.extra?.ds || !graph.nodes?.length) return
    if (graph.nodes.every(({ pos, size }) => pos?.length && size?.length)) graph.extra = { ...graph.extra, ds: viewOf(graph) }
  }
})
