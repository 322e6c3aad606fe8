"""What happens to jobs: which is next, what becomes of each, who is told."""
