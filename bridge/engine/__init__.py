"""What happens to jobs: the order in which they run, their end, and the news of both to clients and peers."""
