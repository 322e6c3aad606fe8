"""On-chain art parameters: a token's seed into eight numbers, and the numbers into what a model draws."""
