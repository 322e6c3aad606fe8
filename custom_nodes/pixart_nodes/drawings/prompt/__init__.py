"""From words to a Brief: what a prompt asks for, of what the library of drawings has, by the standard library alone.

The way goes through `tokens` (words and pauses), `marks` (what each word or phrase can mean), `sentence` (which noun
each of them belongs to) and `reading` (the Brief, with notes for whoever wrote the prompt).
"""

from .reading import read

__all__ = ["read"]
