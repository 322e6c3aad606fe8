"""Pictures as bytes: what may be decoded, how large they are, what they tell, and in what form they leave."""
