"""The Pixart editor's dialect. (To be written.)"""
