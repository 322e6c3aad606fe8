"""From a job to its pictures: prompts on their way into ComfyUI's queue, followed there, and fetched from it."""
