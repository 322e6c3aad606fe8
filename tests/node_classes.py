"""Node classes that workflows get more of, as `/object_info` declares them, and a look at what was made of a graph."""


def node_class(name, **inputs):
    """A node class as `/object_info` declares it, with the picture first."""
    declared = {"image": ["IMAGE", {}], **inputs}
    about = {"output": ["IMAGE"], "output_name": ["image"], "name": name}
    return {"input": {"required": declared}, "input_order": {"required": list(declared)}, **about}


INFO = {
    "PixartGridSnap": node_class("PixartGridSnap", method=["COMBO", {"options": ["median"]}]),
    "PixartRemoveBackground": node_class(
        "PixartRemoveBackground",
        method=["COMBO", {"options": ["border-fill", "key-color"]}],
        color=["STRING", {"default": ""}],
        tolerance=["FLOAT", {"default": 0.05}],
        holes=["INT", {"default": 0}],
    ),
    "PixartCleanup": node_class("PixartCleanup", orphans=["INT", {"default": 1}]),
    "PixartOutline": node_class(
        "PixartOutline", color=["STRING", {"default": "#000000"}], palette=["PIXART_PALETTE", {}]
    ),
    "PixartEnlarge": node_class("PixartEnlarge", factor=["INT", {"default": 4}]),
}


def types(workflow):
    return {node["id"]: node["type"] for node in workflow.graph["nodes"]}


def way_back(workflow, title, name):
    """The classes of the nodes that a picture came through, from the one that saves it."""
    graph = workflow.graph
    nodes = {node["id"]: node for node in graph["nodes"]}
    node = next(each for each in graph["nodes"] if each.get("title") == title)
    seen = []
    while link := next((each["link"] for each in node["inputs"] if each["name"] in name and each["link"]), None):
        origin = next(each[1] for each in graph["links"] if each[0] == link)
        node = nodes[origin]
        seen.append(node["type"])
    return seen
