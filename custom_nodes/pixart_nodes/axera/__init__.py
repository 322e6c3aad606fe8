"""Stable Diffusion 1.5 LCM on an Axera NPU (or the same models on a CPU): NumPy only, no torch, no ComfyUI."""
