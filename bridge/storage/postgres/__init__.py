"""Jobs in PostgreSQL, for several bridges and workers: the process that draws a job holds it by a renewed lease."""
