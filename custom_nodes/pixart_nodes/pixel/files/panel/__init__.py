"""What a small panel shows: frames of its size, RGB565 words, and files that firmware loads."""
