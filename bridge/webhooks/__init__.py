"""Webhooks: who is told that a job has ended, what exactly, how it gets there."""
