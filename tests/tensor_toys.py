"""Nodes for tests of where a picture's numbers are, and of what type, which no core node chooses."""

NODE = '''
import json
from unittest import mock

import comfy.model_management
import nodes
import torch


class Recast:
    """The picture in another type of number, and each pixel apart from the next, as in a cut of a larger picture."""

    RETURN_TYPES, FUNCTION, CATEGORY = ("IMAGE",), "run", "tests"

    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"image": ("IMAGE",), "type": ("STRING", {"default": "float32"})}}

    def run(self, image, type):
        return (torch.stack([image, image], dim=3).to(getattr(torch, type))[:, :, :, 0],)


class Placed:
    """On which device a node puts what it makes, where ComfyUI keeps pictures on torch's device without memory."""

    RETURN_TYPES, FUNCTION, CATEGORY, OUTPUT_NODE = (), "run", "tests", True

    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"node": ("STRING", {}), "inputs": ("STRING", {})}}

    def run(self, node, inputs):
        with mock.patch.object(comfy.model_management, "intermediate_device", lambda: torch.device("meta")):
            results = nodes.NODE_CLASS_MAPPINGS[node].execute(**json.loads(inputs)).args
        return {"ui": {"text": [each.device.type for each in results if isinstance(each, torch.Tensor)]}}


NODE_CLASS_MAPPINGS = {"Recast": Recast, "Placed": Placed}
'''
