"""Words that a node is found by beyond its name, for every ComfyUI: its editor searches them from front end 1.37 on.

For older ones `web/search_aliases.js` searches them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from comfy_api.latest import io

# What people type who look for an operation and don't know what it is called here.
WORDS = {
    "PixartAdjust": ("unsharp mask", "clarity"),
    "PixartA1111": ("stable diffusion webui", "forge"),
    "PixartAxera": ("AX650", "AX8850", "LCM", "raspberry pi"),
    "PixartCanvas": ("width", "height", "resolution"),
    "PixartChainDerive": ("blockchain", "token", "NFT", "hash"),
    "PixartChainParameters": ("blockchain", "token", "NFT", "AleaArt"),
    "PixartCleanup": ("jaggies", "orphan pixels", "denoise pixel art", "remove noise", "pinholes"),
    "PixartColorTransfer": ("color transfer", "palette transfer", "style", "histogram"),
    "PixartContactSheet": ("compare", "variants", "grid of palettes", "gameboy", "pico-8", "8-bit", "xy plot"),
    "PixartDrawSprite": ("walk cycle", "character", "animation", "frames", "no model"),
    "PixartDrawWords": ("text to image", "prompt", "no model", "sprite", "icon", "clip art"),
    "PixartDownscale": ("shrink", "reduce size", "pixel art", "8-bit", "16-bit", "resize", "nearest"),
    "PixartEnlarge": ("epx", "nearest neighbor", "integer scale", "8-bit"),
    "PixartFinish": ("resize", "pad"),
    "PixartFit": ("letterbox", "pad", "cover", "contain", "stretch"),
    "PixartFlatten": ("background", "transparency", "opaque", "matte"),
    "PixartGridSnap": ("pixel perfect", "grid detection", "fake pixel art", "native size", "fix pixel art"),
    "PixartHiresUpscale": ("highres fix", "latent upscale"),
    "PixartInpaintHint": ("inpaint preprocessor", "control_v11p_sd15_inpaint"),
    "PixartLoadAnimation": ("open gif", "import sprite", "apng", "webp", "ase", "video frames"),
    "PixartLoadImage": ("rgba", "transparent", "open sprite"),
    "PixartInterrogate": ("caption", "tagger", "wd14", "blip", "describe", "img2txt", "image to text"),
    "PixartLook": ("classify", "detect style", "auto", "is it pixel art"),
    "PixartLoadIndexed": ("palette png", "8-bit png", "open sprite"),
    "PixartMachine": ("retro", "nes", "game boy", "snes", "genesis", "commodore", "8-bit", "16-bit"),
    "PixartMachineCheck": ("validate", "attribute clash", "tile count", "legal colors", "lint"),
    "PixartMachineSave": ("rom", "chr", "2bpp", "tilemap", "nametable", "tiled", "homebrew", "export"),
    "PixartOutline": ("contour", "edge", "sel-out", "selective outline"),
    "PixartOwnColors": ("adaptive palette", "palette switch", "color count", "k-means"),
    "PixartPalette": ("swatches", "colors", "game boy", "8-bit"),
    "PixartPaletteEdit": ("sort palette", "remove color", "add color", "lock color", "ramp"),
    "PixartPaletteExtract": ("color count", "quantize", "posterize"),
    "PixartPaletteMerge": ("merge palettes", "combine palettes"),
    "PixartPalettePreview": ("swatches", "view palette"),
    "PixartPaletteSave": ("swatches", "photoshop", "gimp", "lospec"),
    "PixartPaletteSwap": ("recolor", "color swap", "remap", "team colors"),
    "PixartQuantize": ("reduce colors", "posterize", "limit colors", "halftone", "error diffusion", "ordered dither"),
    "PixartQuantizeAnimation": ("dither", "video", "batch", "frames", "reduce colors"),
    "PixartRefiner": ("sdxl refiner", "switch model", "second checkpoint"),
    "PixartRemoveBackground": ("chroma key", "cut out", "rembg", "matte", "alpha", "green screen", "magic wand"),
    "PixartRepaintArea": ("mask crop", "only masked"),
    "PixartRepaintLatent": ("noise mask",),
    "PixartRepaintPaste": ("stitch", "composite", "uncrop"),
    "PixartRGB565": ("16-bit color", "display", "pico", "esp32", "framebuffer", "C array", "dither"),
    "PixartSafety": ("censor", "nudity", "blur", "safety checker"),
    "PixartSampler": ("ksampler", "img2img", "subseed"),
    "PixartSaveAnimation": ("export gif", "animated png", "frames", "video"),
    "PixartSaveIndexed": ("palette png", "8-bit png", "export sprite"),
    "PixartSaveLVGL": ("microcontroller", "esp32", "indexed bin", "LV_COLOR_FORMAT_I4", "display"),
    "PixartSaveSheet": ("atlas", "texture", "export sheet", "phaser", "pixijs"),
    "PixartSheetPack": ("texture", "join frames", "grid of images"),
    "PixartSheetUnpack": ("split", "slice", "cut frames"),
    "PixartSketchCleanup": ("scan", "scanner", "pencil", "line art", "lineart", "deskew", "whiteboard", "binarize"),
    "PixartTile": ("texture", "repeat", "wrap", "pattern"),
    "PixartUpscale": ("esrgan", "enlarge", "super resolution"),
    "PixartVAE": ("load vae",),
    "PixartLoras": ("load lora", "lora stack"),
    "PixartGenerationSize": ("resolution", "aspect ratio", "latent size"),
}
# Inputs whose options are names that people know.
NAMED = {
    "PixartDownscale": ("method",),
    "PixartEnlarge": ("method",),
    "PixartPalette": ("palette",),
    "PixartPaletteExtract": ("method",),
    "PixartPaletteSave": ("format",),
    "PixartQuantize": ("metric", "dither"),
    "PixartQuantizeAnimation": ("metric", "dither"),
    "PixartRGB565": ("format",),
    "PixartSaveAnimation": ("format",),
}


def by_words(node: type[io.ComfyNode]) -> type[io.ComfyNode]:
    """The node, which from now on is found by its words and by what its methods are called."""
    define: Callable[..., io.Schema] = node.define_schema.__func__
    describe: Callable[..., dict[str, Any]] = node.GET_NODE_INFO_V1.__func__

    @wraps(define)
    def worded(cls: type[io.ComfyNode]) -> io.Schema:
        schema: Any = define(cls)
        if hasattr(schema, "search_aliases"):
            schema.search_aliases = aliases(schema)
        return schema

    @wraps(describe)
    def described(cls: type[io.ComfyNode]) -> dict[str, Any]:
        """What `/object_info` says: a ComfyUI before 0.10 has no place in a schema for what its editor may search."""
        return {"search_aliases": aliases(cls.define_schema()), **describe(cls)}

    node.define_schema = classmethod(worded)
    node.GET_NODE_INFO_V1 = classmethod(described)
    return node


def aliases(schema: io.Schema) -> list[str]:
    """What else a node is called, and what its methods are."""
    combos: list[Any] = [one for one in schema.inputs if one.id in NAMED.get(schema.node_id, ())]
    methods = [str(option) for combo in combos for option in combo.options if option != "none"]
    return [*WORDS.get(schema.node_id, ()), *methods]
