"""ControlNets in a prompt: units' nodes between the conditioning and each sampler, and their hint pictures. Pure.

A union ControlNet gets its type from a node between the loader and the applying node. The type node stands in the
prompt and, where the workflow has the loader, in the graph that the PNG carries."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bridge.catalog.families import (
    CONTROL_WAYS,
    CONTROLNET_FOLDER,
    FLUX,
    PATCHES_MODEL,
    STEERS_WORDS,
    UNION,
    Control,
    ModelFile,
    ModelFiles,
)
from bridge.catalog.models import choices
from bridge.catalog.preprocessors import MODULES, Module, lacking
from bridge.core.control_unit import HIRES_PASSES, MAP_OUTPUT, MASK_PREFIX, PICTURE_PREFIX, UNITS_INPUT, Unit
from bridge.core.errors import BadRequest, MissingParts
from bridge.workflow.bind import Bound
from bridge.workflow.missing import lacking_node
from bridge.workflow.widgets import ObjectInfo

CORE_NODES = ("PixartLoadImage", "PixartFlatten", "PixartFit")
WHITE = "#ffffff"  # what is transparent in a unit's picture, as in the extension

Link = list[Any]  # node id and output

NODE, AUTOMATIC = "SetUnionControlNetType", "auto"
NODE_TITLE = "What the ControlNet follows"
# Kind of picture, as preprocessors are grouped -> what the node calls it, `comfy/cldm/control_types.py`.
UNION_TYPES = {
    "Canny": "canny/lineart/anime_lineart/mlsd",
    "Lineart": "canny/lineart/anime_lineart/mlsd",
    "MLSD": "canny/lineart/anime_lineart/mlsd",
    "Scribble": "hed/pidi/scribble/ted",
    "SoftEdge": "hed/pidi/scribble/ted",
    "Depth": "depth",
    "OpenPose": "openpose",
    "NormalMap": "normal",
    "Segmentation": "segment",
    "Tile": "tile",
    "Inpaint": "repaint",
}
# They are numbers that mean other things in FLUX.1 (https://github.com/Comfy-Org/ComfyUI/issues/4823): there canny is
# 0, tile 1, depth 2, pose 4 (the page of InstantX/FLUX.1-dev-Controlnet-Union), and each gets the word of its number.
FLUX_TYPES = {
    "canny/lineart/anime_lineart/mlsd": "openpose",
    "tile": "depth",
    "depth": "hed/pidi/scribble/ted",
    "openpose": "normal",
}
PLAIN_NODES = {"", "ImageInvert", "ImageBlur"}  # nodes that tell nothing of what is to be seen
NODE_KINDS = [(each.node, kind) for each in MODULES.values() for kind in each.kinds if each.node not in PLAIN_NODES]
BY_NODE = {node: UNION_TYPES[kind] for node, kind in NODE_KINDS if kind in UNION_TYPES}


def separated(values: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[Unit, ...], dict[str, str]]:
    """A job's values without its units, the units, and the names of their own pictures in ComfyUI."""
    listed = values.get(UNITS_INPUT)
    if not isinstance(listed, list | tuple) or not all(isinstance(each, Mapping) for each in listed):
        return dict(values), (), {}  # no dialect's: it is judged as any input is
    units = tuple(Unit(**each) for each in listed)
    pictures = {
        name: value for name, value in values.items() if units and name.startswith((PICTURE_PREFIX, MASK_PREFIX))
    }
    return (
        {name: value for name, value in values.items() if name != UNITS_INPUT and name not in pictures},
        units,
        pictures,
    )


def controlled(
    bound: Bound, object_info: ObjectInfo, units: tuple[Unit, ...], pictures: Mapping[str, str], prefix: str = ""
) -> Bound:
    """The same with the units' nodes before each sampler; the graph stays the caller's own.

    A unit's map is an output, saved below `prefix`. Where nothing samples the units are left out, and that is said.
    Raises MissingParts where this ComfyUI lacks a node.
    """
    prompt = {key: {**node, "inputs": dict(node["inputs"])} for key, node in bound.prompt.items()}
    samplers = _samplers(prompt)
    if samplers or not any(unit.model for unit in units):
        for unit in units:
            _require(unit, object_info)
    if not any(unit.model for unit in units):
        return _alone(bound, _Draft({}, bound.prompt, {}, {}), units, pictures, prefix)
    if not samplers:
        note = f"{bound.name} has no sampler for ControlNet units; they were left out."
        return dataclasses.replace(bound, notes=(*bound.notes, note))
    draft, notes = _Draft(prompt, bound.prompt, {}, {}), []
    for number, unit in enumerate(units, 1):
        way = _way(unit, object_info)
        notes += _unheard(unit, way)
        for key in _heard(samplers, unit.passes):
            draft.add(number, unit, key, pictures, way)
        if unit.shown and number in draft.maps:
            draft.save(number, prefix)
    outputs = {_map_name(at): id for at, id in enumerate(draft.savers.values(), 1)}
    return dataclasses.replace(
        bound,
        prompt=prompt,
        notes=(*bound.notes, *notes),
        outputs={**bound.outputs, **outputs},
        sources={**bound.sources, **draft.sources(units)},
    )


def _alone(bound: Bound, draft: _Draft, units: tuple[Unit, ...], pictures: Mapping[str, str], prefix: str) -> Bound:
    """A prompt of the hint pictures alone, of units without a model."""
    for number, unit in enumerate(units, 1):
        draft.maps[number] = draft.look(number, unit, "", pictures, None)
        draft.save(number, prefix)
    outputs = {_map_name(at): id for at, id in enumerate(draft.savers.values(), 1)}
    return dataclasses.replace(bound, prompt=draft.prompt, outputs=outputs, sources=draft.sources(units))


def _map_name(number: int) -> str:
    return MAP_OUTPUT if number == 1 else f"{MAP_OUTPUT}_{number}"


def _way(unit: Unit, object_info: ObjectInfo) -> Control:
    """How the unit's model steers, by the loader that lists it."""
    ways = (way for way in CONTROL_WAYS if unit.model in choices(object_info, way.loader, way.widget))
    return next(ways, STEERS_WORDS)


def _unheard(unit: Unit, way: Control) -> list[str]:
    """A note on a unit whose options go beyond its way of steering."""
    partly = (unit.start, unit.end) != (0, 1) or unit.one_sided
    sentence = f"{unit.field}: {unit.model!r} steers all steps and both prompts alike; what else is asked was left out."
    return [sentence] if way.patches and unit.model and partly else []


def _require(unit: Unit, object_info: ObjectInfo) -> None:
    module, way = MODULES[unit.module], _way(unit, object_info)
    for node in (way.apply, way.loader, *CORE_NODES, "SaveImage"):
        if node not in object_info:
            raise MissingParts("ControlNet units can't be obeyed.", field=unit.field, hint=str(lacking_node(node)))
    if module.node and module.node not in object_info:
        raise lacking(module, f"{unit.field}.module")


def _links(node: Mapping[str, Any]) -> dict[str, Link]:
    return {name: value for name, value in node["inputs"].items() if isinstance(value, list) and len(value) == 2}


def _samplers(prompt: Mapping[str, Any]) -> list[str]:
    """Ids of the nodes that sample by two conditionings, a sampler after those whose picture it draws over."""
    keys = [key for key, node in prompt.items() if {"positive", "negative", "latent_image"} <= _links(node).keys()]
    return sorted(keys, key=lambda key: sum(other in {id for id, _ in _upstream(prompt, key)} for other in keys))


def _upstream(prompt: Mapping[str, Any], key: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The nodes that a sampler's latent comes from, the nearest first, and itself before all."""
    visited, pending = {key}, [key]
    while pending:
        id = pending.pop(0)
        node = prompt.get(id)
        if node is None:
            continue
        yield id, node
        links = _links(node)
        for origin, _ in [links["latent_image"]] if id == key else links.values():
            if str(origin) not in visited:
                visited.add(str(origin))
                pending.append(str(origin))


def _heard(samplers: list[str], passes: str) -> list[str]:
    """The samplers that a unit steers; a single sampler gets every unit."""
    if passes == HIRES_PASSES[0] or len(samplers) == 1:
        return samplers
    return samplers[:1] if passes == HIRES_PASSES[1] else samplers[1:]


@dataclass
class _Draft:
    """A prompt while units are put in. `original` is the prompt as bound; `maps` are links to the hint pictures."""

    prompt: dict[str, Any]
    original: Mapping[str, Any]
    maps: dict[int, Link]
    savers: dict[int, str]

    def add(self, number: int, unit: Unit, key: str, pictures: Mapping[str, str], way: Control) -> None:
        """Put a unit before a sampler; `pictures` are units' own, by their names in ComfyUI."""
        map = self.look(number, unit, key, pictures, self._size(key))
        self.maps.setdefault(number, map)
        if not unit.model:
            return
        loader = self._node(f"{number}-model", way.loader, **{way.widget: unit.model})
        inputs = {way.socket: [loader, 0], "image": map, "strength": unit.weight}
        if vae := self._vae(key):
            inputs["vae"] = vae
        sampler, name = self.prompt[key]["inputs"], f"{number}-apply-{key}"
        if way.patches:
            sampler["model"] = [self._node(name, way.apply, model=sampler["model"], **inputs), 0]
            return
        inputs |= {"positive": sampler["positive"], "negative": sampler["negative"]}
        apply = self._node(name, way.apply, **inputs, start_percent=unit.start, end_percent=unit.end)
        sampler["positive"] = [apply, 0]
        if not unit.one_sided:
            sampler["negative"] = [apply, 1]

    def save(self, number: int, prefix: str) -> None:
        """Let a unit's map come out."""
        name = f"{prefix}-control" if prefix else "pixart/control"
        saver = self._node(f"{number}-map", "SaveImage", images=self.maps[number], filename_prefix=name)
        self.savers[number] = saver

    def sources(self, units: tuple[Unit, ...]) -> dict[tuple[str, str], str]:
        """The caller's field behind each input that ComfyUI may refuse."""
        words = {
            STEERS_WORDS.widget: "model",
            PATCHES_MODEL.widget: "model",
            "strength": "weight",
            "start_percent": "guidance_start",
        }
        words |= {"end_percent": "guidance_end", "image": "image"}
        result = {}
        for number, unit in enumerate(units, 1):
            for id in self.prompt:
                if id.startswith(f"control-{number}-"):
                    result |= {(id, name): f"{unit.field}.{word}" for name, word in words.items()}
        return result

    def look(
        self, number: int, unit: Unit, key: str, pictures: Mapping[str, str], size: tuple[Any, Any] | None
    ) -> Link:
        """The unit's hint picture, at the sampler's size."""
        module, name = MODULES[unit.module], pictures.get(unit.picture, "")
        suffix = "" if name else f"-{key}"
        link = self._loaded(number, name) if name else self._drawn_over(number, unit, key)
        fit = unit.fit if name else "stretch"  # what is drawn over has the sampler's shape
        if module.masked:
            return self._hint(number, unit, key, (link, self._mask(number, unit, key, pictures)), size, fit)
        if module.scales and unit.size and not module.resolution:
            width, height = unit.size
            link = self._fitted(f"{number}-size{suffix}", link, (width, height), "stretch")
        if module.node:
            node = self._node(f"{number}-module{suffix}", module.node, image=link, **_inputs(module, unit))
            link = [node, 0]
        return self._fitted(f"{number}-fit-{key}", link, size, fit)

    def _hint(
        self, number: int, unit: Unit, key: str, both: tuple[Link, Link], size: tuple[Any, Any] | None, fit: str
    ) -> Link:
        """A picture and a mask in one. It has values that no picture has, so that it can't be scaled afterwards."""
        picture, mask = both
        picture = self._fitted(f"{number}-fit-{key}", picture, size, fit)
        if unit.mask:
            mask = self._fitted(f"{number}-fit-mask-{key}", mask, size, fit)
        return [self._node(f"{number}-module-{key}", MODULES[unit.module].node, image=picture, mask=mask), 0]

    def _mask(self, number: int, unit: Unit, key: str, pictures: Mapping[str, str]) -> Link:
        """The unit's own mask, or that under which is drawn."""
        if unit.mask:
            return [self._node(f"{number}-mask", "PixartLoadImage", image=pictures[unit.mask]), 0]
        for id, node in _upstream(self.original, key):
            if node["class_type"] == "PixartRepaintArea":
                return [id, 1]
        hint = "Send one, white where the picture is to be drawn anew."
        raise BadRequest(f"{unit.field}.mask is missing.", field=f"{unit.field}.mask", hint=hint)

    def _loaded(self, number: int, name: str) -> Link:
        """The unit's own picture, without transparency."""
        node = self._node(f"{number}-picture", "PixartLoadImage", image=name)
        return [self._node(f"{number}-flat", "PixartFlatten", image=[node, 0], background=WHITE), 0]

    def _fitted(self, name: str, link: Link, size: tuple[Any, Any] | None, fit: str) -> Link:
        if size is None:
            return link
        return [self._node(name, "PixartFit", image=link, width=size[0], height=size[1], fit=fit), 0]

    def _node(self, name: str, kind: str, /, **inputs: Any) -> str:
        """The id of a node, which is made on its first use."""
        id = f"control-{name}"
        while id in self.original:
            id += "-"
        self.prompt.setdefault(id, {"class_type": kind, "inputs": inputs, "_meta": {"title": "ControlNet"}})
        return id

    def _drawn_over(self, number: int, unit: Unit, key: str) -> Link:
        """The picture that becomes the sampler's latent. Under a mask too it is the picture, whatever fills that."""
        encoders = (node for _, node in _upstream(self.original, key) if "pixels" in _links(node))
        link = next((_links(node)["pixels"] for node in encoders), None)
        if link is None:
            raise BadRequest(f"{unit.field}.image is missing.", field=f"{unit.field}.image", hint="Send a picture.")
        origin = self.original[str(link[0])]
        if origin["class_type"] != "PixartRepaintArea":
            return link
        inputs = {**origin["inputs"], "fill": "original"}
        return [self._node(f"{number}-area", "PixartRepaintArea", **inputs), link[1]]

    def _size(self, key: str) -> tuple[Any, Any] | None:
        """Width and height that a sampler draws at, as numbers or links; None where the prompt doesn't say."""
        for id, node in _upstream(self.original, key):
            if id != key and {"width", "height"} <= node["inputs"].keys():
                return node["inputs"]["width"], node["inputs"]["height"]
        return None

    def _vae(self, key: str) -> Link | None:
        """The VAE that decodes what a sampler draws, or encodes what it draws over; some ControlNets need it."""
        after = (node for node in self.original.values() if _links(node).get("samples", [None])[0] == key)
        before = (node for _, node in _upstream(self.original, key))
        return next((links["vae"] for node in (*after, *before) if "vae" in (links := _links(node))), None)


def _inputs(module: Module, unit: Unit) -> dict[str, Any]:
    """What the module's node is told. A lower threshold over the upper one is taken for the upper one."""
    first, second = module.sliders
    numbers = [slider.scaled(value) for slider, value in ((first, unit.a), (second, unit.b)) if slider]
    if module.name == "canny":
        numbers.sort()
    sliders = {slider.input: value for slider, value in zip(filter(None, module.sliders), numbers, strict=True)}
    size = {module.resolution: unit.resolution} if module.resolution else {}
    return {**module.inputs, **sliders, **size}


def typed(bound: Bound, object_info: ObjectInfo, files: ModelFiles) -> Bound:
    """The same with a type node for each union ControlNet; in a ComfyUI without that node the ControlNet guesses."""
    users = list(_users(bound.prompt, files)) if NODE in object_info else []
    if not users:
        return bound
    prompt, graph = copy.deepcopy(bound.prompt), copy.deepcopy(bound.graph)
    for loader, user, name in users:
        kind = _followed(bound.prompt, user)
        if set(FLUX) & set(_loaded(bound.prompt[loader], files).kinds):
            kind = FLUX_TYPES.get(kind, AUTOMATIC)
        id = _drawn(graph, loader, user, kind) or f"{user}-union"
        inputs = {"control_net": [loader, 0], "type": kind}
        prompt[id] = {"class_type": NODE, "inputs": inputs, "_meta": {"title": NODE_TITLE}}
        prompt[user]["inputs"][name] = [id, 0]
    return dataclasses.replace(bound, prompt=prompt, graph=graph)


def _users(prompt: Mapping[str, Any], files: ModelFiles) -> Iterator[tuple[str, str, str]]:
    """The loader of each union ControlNet, who takes it from there, and by which input."""
    loaders = {id: node for id, node in prompt.items() if node["class_type"] == STEERS_WORDS.loader}
    unions = {id for id, node in loaders.items() if UNION in _loaded(node, files).traits}
    for id, node in prompt.items() if unions else ():
        for name, value in node["inputs"].items():
            if isinstance(value, list) and len(value) == 2 and str(value[0]) in unions:
                yield str(value[0]), id, name


def _loaded(node: Mapping[str, Any], files: ModelFiles) -> ModelFile:
    """The report on the ControlNet file that a node loads."""
    return files.of(CONTROLNET_FOLDER, str(node["inputs"].get(STEERS_WORDS.widget)))


def _followed(prompt: Mapping[str, Any], user: str) -> str:
    """What kind of picture is followed, by the node that it was made with; some nodes between change its size only."""
    pending, visited = [prompt[user]["inputs"].get("image")], set()
    while pending:
        link = pending.pop(0)
        id = str(link[0]) if isinstance(link, list) and len(link) == 2 else ""
        if id not in prompt or id in visited:
            continue
        visited.add(id)
        if kind := BY_NODE.get(prompt[id]["class_type"]):
            return kind
        pending += list(prompt[id]["inputs"].values())
    return AUTOMATIC


def _drawn(graph: dict[str, Any], loader: str, user: str, kind: str) -> str:
    """Put the node into the graph, and return its id; empty where the loader isn't the graph's."""
    nodes = {str(node["id"]): node for node in graph["nodes"]}
    links = [link for link in graph.get("links") or [] if [str(link[1]), str(link[3])] == [loader, user]]
    if loader not in nodes or len(links) != 1:
        return ""
    [link], origin = links, nodes[loader]
    id, number = graph["last_node_id"] + 1, graph["last_link_id"] + 1
    socket = {"localized_name": "control_net", "name": "control_net", "type": "CONTROL_NET", "link": number}
    choice = {"localized_name": "type", "name": "type", "type": "COMBO", "widget": {"name": "type"}, "link": None}
    output = {"localized_name": "CONTROL_NET", "name": "CONTROL_NET", "type": "CONTROL_NET", "links": [link[0]]}
    x, y = origin["pos"]
    node = {"id": id, "type": NODE, "pos": [x, y - 122], "size": [300, 82], "flags": {}, "order": len(nodes)}
    node |= {"mode": 0, "inputs": [socket, choice], "outputs": [output], "title": NODE_TITLE, "widgets_values": [kind]}
    graph["nodes"].append({**node, "properties": {"Node name for S&R": NODE}})
    graph["links"].append([number, origin["id"], link[2], id, 0, "CONTROL_NET"])
    places = origin["outputs"][link[2]]["links"]
    places[places.index(link[0])] = number
    link[1], link[2] = id, 0
    graph["last_node_id"], graph["last_link_id"] = id, number
    return str(id)
