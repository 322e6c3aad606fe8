"""Workflow files: read, bound to a request's values, completed and converted to the prompt that ComfyUI runs."""
