"""What is started from the command line: the server, one picture, and the check of what is missing."""
