"""ComfyUI's editor as people have it: two front ends, each with its classic renderer and with Nodes 2.0.

Two of the four are tried by themselves, each front end and each renderer once; PIXART_FACES=all tries all.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from browser import EMPTY, RUN

USUAL = [("pinned", "classic"), ("newest", "nodes 2.0")]
ALL = [(front_end, renderer) for front_end in ("pinned", "newest") for renderer in ("classic", "nodes 2.0")]
FACES = ALL if os.environ.get("PIXART_FACES") == "all" else USUAL
VUE = "on => app.extensionManager.setting.set('Comfy.VueNodes.Enabled', on)"
# An empty workflow with nodes made by class, place and values, each linked to those before it by input and node.
MAKE = """async nodes => {
  const root = app.rootGraph ?? app.graph
  if (app.canvas.graph !== root) app.canvas.setGraph(root) // another test was in a subgraph
  EMPTY
  for (const id of Object.keys(app.nodeOutputs)) delete app.nodeOutputs[id] // else new nodes show old ones' pictures
  app.canvas.ds.scale = 1
  app.canvas.ds.offset = [0, 0]
  const made = []
  for (const [type, values, links = {}] of nodes) {
    const node = LiteGraph.createNode(type)
    app.graph.add(node)
    node.pos = [100 + 450 * made.length, 120]
    for (const [name, value] of Object.entries(values)) node.widgets.find(each => each.name === name).value = value
    for (const [name, from] of Object.entries(links)) made[from].connect(0, node, name)
    made.push(node)
  }
  app.canvas.setDirty(true, true)
  for (let frames = 0; frames < 2; frames++) await new Promise(requestAnimationFrame) // places are known once drawn
}""".replace("EMPTY", EMPTY)
VALUES = "() => Object.fromEntries(app.graph.nodes[0].widgets.map(each => [each.name, each.value]))"


@dataclass(frozen=True)
class Face:
    """A page of the editor in one of its renderers."""

    page: Any
    renderer: str

    def make(self, *nodes: Any) -> None:
        """A new workflow of (class, values, links), where a link is {input: number of the node before}."""
        self.page.evaluate(VUE, self.renderer != "classic")
        self.page.evaluate(MAKE, nodes)

    def run(self) -> str:
        """Queue it; how it ended."""
        return self.page.evaluate(RUN)

    def values(self) -> dict[str, Any]:
        """The values of the first node's widgets."""
        return self.page.evaluate(VALUES)

    def script(self, code: str, argument: Any = None) -> Any:
        """What JavaScript gives on the page."""
        return self.page.evaluate(code, argument)

    def until(self, look: Callable[[], Any], wanted: Any, seconds: float = 30) -> Any:
        """What `look()` gives, once it is as wanted; after a while in any case."""
        deadline = time.monotonic() + seconds
        while (seen := look()) != wanted and time.monotonic() < deadline:
            self.page.wait_for_timeout(50)
        return seen
