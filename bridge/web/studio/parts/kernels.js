/** Says, while ComfyUI's pixel kernels are being compiled, how many are left: until then its pictures take longer. */
import { ask, rest, up } from '../api.js'
import { words } from '../words/en.js'

const LOOK = 2000 // milliseconds between two looks

class Kernels extends HTMLElement {
  connectedCallback() {
    this.className = 'soft small'
    this.watch()
  }

  /** Look until nothing is left, or this key may not know; a ComfyUI that isn't up yet can't tell. */
  async watch() {
    for (let left = null; this.isConnected && left !== 0; await rest(LOOK)) {
      await up()
      const health = await ask('health').catch(() => null)
      if (health?.comfyui?.up !== false) left = health ? (health.comfyui?.compiling ?? 0) : left
      this.textContent = left ? words.live.compiling(left) : ''
    }
  }
}

customElements.define('px-kernels', Kernels)
