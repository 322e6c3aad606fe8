"""Pictures from the command line: the editor's requests, or any workflow, run against ComfyUI without a server.

`options` makes a wish of the options, `request` says what is asked of each source, `drawing` has it drawn,
`output_files` writes it.
"""
