"""Webhooks: the receivers of an ended job's event, the event's text, and its delivery."""
