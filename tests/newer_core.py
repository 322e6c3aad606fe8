"""Core nodes newer than ComfyUI 0.3.75, as its 0.25 declares them and front end 1.58.1 saves and queues them.

By hand: of `/object_info` what the converter reads, of each saved graph one node. What is expected is what that front
end made of the same graphs; only `Framed` it sends with a `width#1`, and LoadImageOutput with a `refresh`, that no
server knows.
"""

from __future__ import annotations

from typing import Any

POINTS = {"points": [[0, 0], [1, 1]], "interpolation": "monotone_cubic"}
REGION = {"x": 0, "y": 0, "width": 512, "height": 512}
COLORS = ["#1d2b53", "#ff004d", "#ffec27", "#00e436"]
CROP = ["COMBO", {"default": "center", "options": ["disabled", "center"]}]
SIDE = ["INT", {"default": 512, "min": 0, "max": 16384}]


def declared(required: Any, optional: Any = None, **more: Any) -> dict[str, Any]:
    """An entry of `/object_info`."""
    optional = optional or {}
    order = {"required": list(required), "optional": list(optional)}
    return {"input": {"required": required, "optional": optional}, "input_order": order, **more}


def choice(options: dict[str, Any]) -> list[Any]:
    """A DynamicCombo: inputs by what is chosen."""
    return ["COMFY_DYNAMICCOMBO_V3", {"options": [{"key": key, "inputs": each} for key, each in options.items()]}]


def growing(name: str) -> list[Any]:
    """An Autogrow of pictures."""
    template = {"input": {"required": {name: ["IMAGE", {}]}}, "prefix": name, "min": 1, "max": 50}
    return ["COMFY_AUTOGROW_V3", {"template": template}]


RESIZE = {
    "scale dimensions": {"required": {"width": SIDE, "height": SIDE, "crop": CROP}},
    "scale by multiplier": {"required": {"multiplier": ["FLOAT", {"default": 1.0}]}},
    "match size": {"required": {"match": ["IMAGE,MASK", {}], "crop": CROP}},
}
MATCHED = ["COMFY_MATCHTYPE_V3", {"template": {"template_id": "input_type", "allowed_types": "IMAGE,MASK"}}]
FRAME = ["BOUNDING_BOX", {"default": REGION, "socketless": True, "component": "ImageCrop"}]
MASK = ["STRING", {"widgetType": "PAINTER", "image_upload": True, "default": "", "socketless": True}]
HIDDEN = ["INT", {"hidden": True, "default": 512, "socketless": True, "min": 64, "max": 4096}]
BACKGROUND = ["COLOR", {"default": "#000000", "socketless": True}]
INNER = {
    "x": {"required": {"f": ["FLOAT", {}]}},
    "y": {"required": {"c": ["COLOR", {}]}, "optional": {"s": ["STRING"]}},
}
HOW = {
    "one": {
        "required": {
            "seed": ["INT", {}],  # no control follows it: its name is how.seed
            "noise": ["INT", {"control_after_generate": True}],
            "inner": choice(INNER),
            "last": ["FLOAT", {}],
        },
        "optional": {"more": ["IMAGE", {}]},
    },
    "two": {"required": {}},
}

Z_IMAGE_FUN = declared(  # ComfyUI 0.33's
    {
        "model": ["MODEL"],
        "model_patch": ["MODEL_PATCH"],
        "vae": ["VAE"],
        "strength": ["FLOAT", {"default": 1.0, "min": -10.0, "max": 10.0, "step": 0.01}],
    },
    {"image": ["IMAGE"], "inpaint_image": ["IMAGE"], "mask": ["MASK"]},
)
CLASSES = {
    "Source": declared({"image": ["COMBO", {"options": ["c.png"], "image_upload": True}]}),
    "Number": declared({"value": ["INT", {}]}),
    "ResizeImageMaskNode": declared(
        {"input": MATCHED, "resize_type": choice(RESIZE), "scale_method": ["COMBO", {"options": ["area", "lanczos"]}]}
    ),
    "ImageCompare": declared(
        {"compare_view": ["IMAGECOMPARE", {"socketless": True}]}, {"image_a": ["IMAGE", {}], "image_b": ["IMAGE", {}]}
    ),
    "ColorToRGBInt": declared({"color": ["COLOR", {"default": "#ffffff", "socketless": True}]}),
    "BatchImagesNode": declared({"images": growing("image")}),
    "ImageCropV2": declared({"image": ["IMAGE", {}], "crop_region": FRAME}),
    "CurveEditor": declared(
        {"curve": ["CURVE", {"default": POINTS, "socketless": True}]}, {"histogram": ["HISTOGRAM", {}]}
    ),
    "ToyColors": declared(
        {
            "colors": ["COLORS", {"default": COLORS[:2]}],
            "key": ["COLOR", {"default": "#ff00ff", "socketless": True}],
            "tags": ["COMBO", {"options": ["a", "b"], "multi_select": {}}],
            "adv": ["INT", {"default": 1, "advanced": True}],
        }
    ),
    "Painter": declared(
        {"mask": MASK, "width": HIDDEN, "height": HIDDEN, "bg_color": BACKGROUND}, {"image": ["IMAGE", {}]}
    ),
    "Nested": declared({"before": ["INT", {}], "how": choice(HOW), "seed": ["INT", {}], "after": ["INT", {}]}),
    "Framed": declared({"box": FRAME, "width": ["INT", {}], "f": ["FLOAT", {}]}),
    "Splined": declared({"n": ["INT", {}], "spline": ["SPLINE", {"socketless": True}], "f": ["FLOAT", {"default": 1}]}),
    "CustomCombo": declared({"choice": ["COMBO", {"options": []}]}),
    "LoadImageOutput": declared(
        {"image": ["COMBO", {"image_upload": True, "remote": {"route": "/files", "refresh_button": True}}]}
    ),
    "Rows": declared({"rows": ["COMFY_DYNAMICGROUP_V3", {}]}),
}

# Node class, what feeds it by input, values in a row, values by name, what the page sends beside the links.
SAVED: list[tuple[str, dict[str, str], list[Any], dict[str, Any], dict[str, Any]]] = [
    (
        "ResizeImageMaskNode",
        {"input": "IMAGE,MASK"},
        ["scale dimensions", 512, 256, "center", "area"],
        {
            "resize_type": "scale dimensions",
            "resize_type.width": 512,
            "resize_type.height": 256,
            "resize_type.crop": "center",
            "scale_method": "area",
        },
        {
            "resize_type": "scale dimensions",
            "resize_type.width": 512,
            "resize_type.height": 256,
            "resize_type.crop": "center",
            "scale_method": "area",
        },
    ),
    (
        "ResizeImageMaskNode",
        {"input": "IMAGE,MASK", "resize_type.match": "IMAGE,MASK"},
        ["match size", "disabled", "lanczos"],
        {"resize_type": "match size", "resize_type.crop": "disabled", "scale_method": "lanczos"},
        {"resize_type": "match size", "resize_type.crop": "disabled", "scale_method": "lanczos"},
    ),
    ("ImageCompare", {"image_a": "IMAGE"}, [], {}, {"compare_view": {"__value__": ["", ""]}}),
    ("ColorToRGBInt", {}, ["#ffffff"], {"color": "#ffffff"}, {"color": "#ffffff"}),
    ("BatchImagesNode", {"images.image0": "IMAGE", "images.image1": "IMAGE"}, [], {}, {}),
    (
        "ImageCropV2",
        {"image": "IMAGE"},
        [REGION, 0, 0, 512, 512],
        {"crop_region": REGION, "x": 0, "y": 0, "width": 512, "height": 512},
        {"crop_region": REGION},
    ),
    ("CurveEditor", {}, [POINTS], {"curve": POINTS}, {"curve": {"__type__": "CURVE", "__value__": POINTS}}),
    (
        "ToyColors",
        {},
        [COLORS, "#ff00ff", [], 1],
        {"colors": COLORS, "key": "#ff00ff", "tags": [], "adv": 1},
        {"colors": {"__value__": COLORS}, "key": "#ff00ff", "tags": {"__value__": []}, "adv": 1},
    ),
    (  # an empty mask is a canvas on which nothing is painted
        "Painter",
        {"image": "IMAGE"},
        ["", 256, 0, "#000000"],
        {"mask": "", "width": 256, "height": 0, "bg_color": "#000000"},
        {"mask": "", "width": 256, "height": 0, "bg_color": "#000000"},
    ),
    (
        "Nested",
        {"how.more": "IMAGE"},
        [3, "one", 4, 9, "randomize", "y", "#ffffff", "zz", 2.5, 5, "randomize", 66],
        {
            "before": 3,
            "how": "one",
            "how.seed": 4,
            "how.noise": 9,
            "control_after_generate": "randomize",
            "how.inner": "y",
            "how.inner.c": "#ffffff",
            "how.inner.s": "zz",
            "how.last": 2.5,
            "seed": 5,
            "control_after_generate#1": "randomize",
            "after": 66,
        },
        {
            "before": 3,
            "how": "one",
            "how.seed": 4,
            "how.noise": 9,
            "how.inner": "y",
            "how.inner.c": "#ffffff",
            "how.inner.s": "zz",
            "how.last": 2.5,
            "seed": 5,
            "after": 66,
        },
    ),
    (
        "Framed",
        {},
        [REGION, 0, 0, 512, 512, 99, 0.25],
        {"box": REGION, "x": 0, "y": 0, "width": 512, "height": 512, "width#1": 99, "f": 0.25},
        {"box": REGION, "width": 99, "f": 0.25},
    ),
    (
        "LoadImageOutput",
        {},
        ["c.png [output]", False, "refresh", "image"],
        {"image": "c.png [output]", "Auto-refresh after generation": False, "refresh": "refresh", "upload": "image"},
        {"image": "c.png [output]"},
    ),
]
