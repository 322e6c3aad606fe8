"""Stable Diffusion 1.5 LCM on an Axera NPU (or its models on a CPU): NumPy and `tokenizers`, no torch, no ComfyUI."""
