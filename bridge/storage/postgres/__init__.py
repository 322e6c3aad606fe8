"""Jobs in PostgreSQL, for several bridges and workers: each job is held by who draws it, for a time that is renewed."""
