"""Pictures that consoles and home computers can show: their limits, the choice of colours and tiles, their files."""
