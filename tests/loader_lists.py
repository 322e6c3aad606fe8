"""What a ComfyUI with certain model files says of the nodes that load them."""

from newer_core import Z_IMAGE_FUN

from bridge.catalog.families import PATCHES_MODEL

LISTS = {
    "checkpoints": ("CheckpointLoaderSimple", "ckpt_name"),
    "controlnet": ("ControlNetLoader", "control_net_name"),
    "vae": ("PixartVAE", "name"),
    "style_models": ("StyleModelLoader", "style_model_name"),
    "clip_vision": ("CLIPVisionLoader", "clip_name"),
    "diffusion_models": ("UNETLoader", "unet_name"),
    "text_encoders": ("CLIPLoader", "clip_name"),
    "model_patches": ("ModelPatchLoader", "name"),
}


def offering(comfy, told):
    """What a ComfyUI with these files says of its loaders; one with model patches is a newer one."""
    info = {**comfy.object_info, **({PATCHES_MODEL.apply: Z_IMAGE_FUN} if "model_patches" in told else {})}
    for folder, (node, name) in LISTS.items():
        required = info[node]["input"]["required"]
        first = ["from checkpoint"] if folder == "vae" else []
        files = [*first, *told.get(folder, {"tiny_vit_l.pth": {}} if folder == "clip_vision" else {})]
        info[node] = {**info[node], "input": {**info[node]["input"], "required": {**required, name: [files, {}]}}}
    loader = info["VAELoader"]["input"]
    required = {**loader["required"], "vae_name": [list(told.get("vae", {})), {}]}
    return {**info, "VAELoader": {**info["VAELoader"], "input": {**loader, "required": required}}}
