"""ComfyUI from outside: its HTTP and WebSocket protocol, and the child process that runs it."""
