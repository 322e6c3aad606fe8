"""The modules of sd-webui-controlnet, which make a ControlNet's map of a picture, and nodes that do the same.

Pure. Names, kinds, sliders and defaults are the extension's; node classes and inputs are the nodes' own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bridge.core.errors import MissingParts

AUX_PACK = "comfyui_controlnet_aux"  # the node pack, as ComfyUI's Manager calls it
OWN, INPAINT = "pixart_nodes", "PixartInpaintHint"  # this project's node pack, and its node
NEAREST, FARTHEST = 64, 2048  # a module's resolution, in pixels of the short side
USUAL_RESOLUTION = 512


@dataclass(frozen=True)
class Slider:
    """One of a module's two thresholds. The node's `input` takes `scale` times the value, within `limits`.

    With `whole`, the input takes whole numbers only.
    """

    label: str
    input: str
    value: float
    minimum: float
    maximum: float
    scale: float = 1.0
    limits: tuple[float, float] | None = None
    whole: bool = False

    def held(self, value: float) -> float:
        """The value, or the default for a value out of range, as in the extension."""
        return value if self.minimum <= value <= self.maximum else self.value

    def scaled(self, value: float) -> float:
        """The value for the node's input."""
        least, most = self.limits or (self.minimum, self.maximum)
        number = min(max(round(value * self.scale, 4), least), most)
        return round(number) if self.whole else number


@dataclass(frozen=True)
class Module:
    """One module. Without a `node` the picture itself is the map; `inputs` are the node's values for this module.

    `resolution` names the node's input for the short side in pixels; a node without such an input gets its picture at
    that size. `pack` is the node pack with the node; empty is ComfyUI itself. A `masked` module takes a mask beside the
    picture, and its map has values that no picture has, so that nothing may scale the map afterwards.
    """

    name: str
    label: str
    kinds: tuple[str, ...] = ()
    node: str = ""
    inputs: Mapping[str, Any] = field(default_factory=dict)
    sliders: tuple[Slider | None, Slider | None] = (None, None)
    resolution: str = ""
    pack: str = ""
    masked: bool = False

    @property
    def scales(self) -> bool:
        """Whether the map depends on the size of the module's picture."""
        return bool(self.node) and self.node != "ImageInvert" and not self.masked


def _core(name: str, kinds: str, node: str = "", *sliders: Slider, label: str = "", **inputs: Any) -> Module:
    first, second = (*sliders, None, None)[:2]
    return Module(name, label or name, tuple(kinds.split()), node, inputs, (first, second))


def _aux(name: str, kinds: str, node: str, *sliders: Slider | None, label: str = "", **inputs: Any) -> Module:
    first, second = (*sliders, None, None)[:2]
    return Module(name, label or name, tuple(kinds.split()), node, inputs, (first, second), "resolution", AUX_PACK)


def _pose(name: str, node: str = "OpenposePreprocessor", *, body: bool, hand: bool, face: bool) -> Module:
    parts = {"detect_body": body, "detect_hand": hand, "detect_face": face}
    return _aux(name, "OpenPose", node, **{part: "enable" if on else "disable" for part, on in parts.items()})


# The extension's Canny is OpenCV's, whose thresholds are for brightness up to 255; ComfyUI's for brightness up to 1.
_CANNY = {"scale": 1 / 255, "limits": (0.01, 0.99)}
LOW_THRESHOLD = Slider("Low Threshold", "low_threshold", 100, 1, 255, **_CANNY)
HIGH_THRESHOLD = Slider("High Threshold", "high_threshold", 200, 1, 255, **_CANNY)

MODULES: Mapping[str, Module] = {
    each.name: each
    for each in (
        _core("none", "InstructP2P"),
        _core("canny", "Canny", "Canny", LOW_THRESHOLD, HIGH_THRESHOLD),
        _core("invert", "Canny Lineart Scribble MLSD", "ImageInvert", label="invert (from white bg & black line)"),
        _core("blur_gaussian", "Tile", "ImageBlur", Slider("Sigma", "sigma", 9, 0.01, 64, limits=(0.1, 10)),
              blur_radius=31),
        _core("tile_resample", "Tile"),  # the extension's down sampling rate is 1 by default
        # The two also keep the unmasked part of a picture, which inpainting here does with any unit.
        Module("inpaint", "inpaint_global_harmonious", ("Inpaint",), INPAINT, pack=OWN, masked=True),
        Module("inpaint_only", "inpaint_only", ("Inpaint",), INPAINT, pack=OWN, masked=True),
        _aux("animal_openpose", "OpenPose", "AnimalPosePreprocessor"),
        _aux("densepose", "OpenPose", "DensePosePreprocessor", label="densepose (pruple bg & purple torso)",
             cmap="Viridis (MagicAnimate)"),
        _aux("densepose_parula", "OpenPose", "DensePosePreprocessor", label="densepose_parula (black bg & blue torso)",
             cmap="Parula (CivitAI)"),
        _pose("dw_openpose_full", "DWPreprocessor", body=True, hand=True, face=True),
        _pose("openpose", body=True, hand=False, face=False),
        _pose("openpose_face", body=True, hand=False, face=True),
        _pose("openpose_faceonly", body=False, hand=False, face=True),
        _pose("openpose_full", body=True, hand=True, face=True),
        _pose("openpose_hand", body=True, hand=True, face=False),
        _aux("depth", "Depth", "MiDaS-DepthMapPreprocessor", label="depth_midas"),
        _aux("depth_anything", "Depth", "DepthAnythingPreprocessor"),
        _aux("depth_anything_v2", "Depth", "DepthAnythingV2Preprocessor"),
        _aux("depth_hand_refiner", "Depth", "MeshGraphormer-DepthMapPreprocessor"),
        *(
            _aux(name, "Depth", "LeReS-DepthMapPreprocessor", Slider("Remove Near %", "rm_nearest", 0, 0, 100),
                 Slider("Remove Background %", "rm_background", 0, 0, 100), boost=boost)
            for name, boost in (("depth_leres", "disable"), ("depth_leres++", "enable"))
        ),
        _aux("depth_zoe", "Depth", "Zoe-DepthMapPreprocessor"),
        _aux("lineart_anime", "Lineart", "AnimeLineArtPreprocessor"),
        _aux("lineart_anime_denoise", "Lineart", "Manga2Anime_LineArt_Preprocessor"),
        _aux("lineart_coarse", "Lineart", "LineArtPreprocessor", coarse="enable"),
        _aux("lineart", "Lineart", "LineArtPreprocessor", label="lineart_realistic", coarse="disable"),
        _aux("lineart_standard", "Lineart", "LineartStandardPreprocessor",
             label="lineart_standard (from white bg & black line)"),
        _aux("mediapipe_face", "", "MediaPipe-FaceMeshPreprocessor",
             Slider("Max Faces", "max_faces", 1, 1, 10, whole=True),
             Slider("Min Face Confidence", "min_confidence", 0.5, 0.01, 1, limits=(0.1, 1))),
        _aux("mlsd", "MLSD", "M-LSDPreprocessor", Slider("MLSD Value Threshold", "score_threshold", 0.1, 0.01, 2),
             Slider("MLSD Distance Threshold", "dist_threshold", 0.1, 0.01, 20)),
        _aux("normal_bae", "NormalMap", "BAE-NormalMapPreprocessor"),
        _aux("normal_dsine", "NormalMap", "DSINE-NormalMapPreprocessor", Slider("Fov", "fov", 60, 0, 360),
             Slider("Iterations", "iterations", 5, 1, 20, whole=True)),
        _aux("normal_map", "NormalMap", "MiDaS-NormalMapPreprocessor",
             Slider("Normal Background Threshold", "bg_threshold", 0.4, 0, 1), label="normal_midas"),
        *(
            _aux(f"recolor_{what}", "Recolor", f"Image{what.capitalize()}Detector",
                 Slider("Gamma Correction", "gamma_correction", 1, 0.1, 2))
            for what in ("intensity", "luminance")
        ),
        _aux("scribble_hed", "Scribble", "FakeScribblePreprocessor"),
        _aux("pidinet_scribble", "Scribble", "Scribble_PiDiNet_Preprocessor", label="scribble_pidinet"),
        _aux("scribble_xdog", "Scribble", "Scribble_XDoG_Preprocessor",
             Slider("XDoG Threshold", "threshold", 32, 1, 64, whole=True)),
        _aux("anime_face_segment", "Segmentation", "AnimeFace_SemSegPreprocessor", label="seg_anime_face"),
        _aux("oneformer_ade20k", "Segmentation", "OneFormer-ADE20K-SemSegPreprocessor", label="seg_ofade20k"),
        _aux("oneformer_coco", "Segmentation", "OneFormer-COCO-SemSegPreprocessor", label="seg_ofcoco"),
        _aux("segmentation", "Segmentation", "UniFormer-SemSegPreprocessor", label="seg_ufade20k"),
        _aux("shuffle", "Shuffle", "ShufflePreprocessor"),
        _aux("hed", "SoftEdge", "HEDPreprocessor", label="softedge_hed", safe="disable"),
        _aux("hed_safe", "SoftEdge", "HEDPreprocessor", label="softedge_hedsafe", safe="enable"),
        _aux("pidinet", "SoftEdge", "PiDiNetPreprocessor", label="softedge_pidinet", safe="disable"),
        _aux("pidinet_safe", "SoftEdge", "PiDiNetPreprocessor", label="softedge_pidisafe", safe="enable"),
        _aux("softedge_teed", "SoftEdge", "TEEDPreprocessor", Slider("Safe Steps", "safe_steps", 2, 0, 10, whole=True)),
        _aux("softedge_anyline", "SoftEdge", "AnyLineArtPreprocessor_aux"),
        _aux("color", "T2I-Adapter", "ColorPreprocessor", label="t2ia_color_grid"),
        _aux("threshold", "", "BinaryPreprocessor",
             Slider("Binarization Threshold", "bin_threshold", 127, 0, 255, whole=True)),
    )
}  # fmt: skip

# The extension's other modules, which change the model or the prompt, or draw themselves.
UNSUPPORTED_MODULES = (
    *("clip_vision", "revision_clipvision", "revision_ignore_prompt", "facexlib", "mobile_sam", "pidinet_sketch"),
    "inpaint_only+lama",
    *("instant_id_face_embedding", "instant_id_face_keypoints"),
    *("ip-adapter-auto", "ip-adapter_clip_sd15", "ip-adapter_clip_h", "ip-adapter_clip_sdxl", "ip-adapter_clip_g"),
    *("ip-adapter_clip_sdxl_plus_vith", "ip-adapter_face_id", "ip-adapter_face_id_plus", "ip-adapter_pulid"),
    *("reference_only", "reference_adain", "reference_adain+attn", "tile_colorfix", "tile_colorfix+sharp"),
    *("t2ia_sketch_pidi", "t2ia_style_clipvision"),
)
OLDER_NAMES = {"fake_scribble": "scribble_hed", "binary": "threshold", "scribble": "none"}  # names of older versions

NODES = frozenset(each.node for each in MODULES.values() if each.node)
BY_WORD = {
    word: each for each in MODULES.values() for word in (each.name, each.label, each.label.partition(" (")[0])
} | {older: MODULES[name] for older, name in OLDER_NAMES.items()}


def module_of(word: str) -> Module | None:
    """The module with this name or label, in any letter case; None for none."""
    return BY_WORD.get(word.lower())


def present(nodes: frozenset[str] | set[str]) -> tuple[Module, ...]:
    """The modules that a ComfyUI with these node classes has."""
    return tuple(each for each in MODULES.values() if not each.node or each.node in nodes)


def lacking(module: Module, field: str) -> MissingParts:
    """The error for a module whose node ComfyUI lacks; `field` is the request's field for the module."""
    how = f"Install the node pack {module.pack} in ComfyUI" if module.pack else "Update ComfyUI"
    how = f"Put this project's {OWN}, as new as this, into ComfyUI" if module.pack == OWN else how
    hint = f"{how}, which has the node {module.node}, and restart it."
    return MissingParts(f"{field} {module.name!r} isn't installed.", field=field, hint=hint)
