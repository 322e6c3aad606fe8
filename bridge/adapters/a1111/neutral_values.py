"""Values of A1111's fields that ask for nothing, or that clients send anyway."""

from __future__ import annotations

from typing import Any

# Field -> the values that ask for nothing. Any other value is answered with a note: ComfyUI's graphs here don't do it.
WITHOUT_EFFECT: dict[str, tuple[Any, ...]] = {
    "seed_resize_from_h": (-1, 0),
    "seed_resize_from_w": (-1, 0),
    "restore_faces": (None, False),
    "tiling": (None, False),
    "do_not_save_samples": (False,),
    "save_images": (False,),
    "eta": (None, 1),
    "s_min_uncond": (None, 0),
    "s_churn": (None, 0),
    "s_tmax": (None, 0),
    "s_tmin": (None, 0),
    "s_noise": (None, 1),
    "firstpass_image": (None, ""),
    "comments": (None, {}),
    "image_cfg_scale": (None, 1.5),
    "mask_round": (True,),
    "initial_noise_multiplier": (None, 1),
    "latent_mask": (None, ""),
    "gfpgan_visibility": (0,),
    "codeformer_visibility": (0,),
    "extras_upscaler_2_visibility": (0,),
    "show_extras_results": (True,),
}
# Values that clients send for fields of the second pass, and of scripts, without meaning anything by them: defaults of
# A1111's API and of its page. Any other is said where it takes no part.
USUAL_VALUES: dict[str, tuple[Any, ...]] = {
    "hr_scale": (2.0,),
    "hr_upscaler": (None, "", "None", "Latent"),
    "hr_second_pass_steps": (0,),
    "hr_resize_x": (0,),
    "hr_resize_y": (0,),
    "hr_checkpoint_name": (None, "", "Use same checkpoint"),
    "hr_sampler_name": (None, "", "Use same sampler"),
    "hr_scheduler": (None, "", "Use same scheduler"),
    "hr_prompt": ("",),
    "hr_negative_prompt": ("",),
    "denoising_strength": (0, 0.7, 0.75),
    "script_args": ([],),
}
