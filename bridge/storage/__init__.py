"""Jobs and pictures as they are kept: the table of jobs, files by their content, what is deleted when."""
