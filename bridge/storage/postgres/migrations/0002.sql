-- What jobs need, and what those who draw can. Both are kept once for all alike, under a digest of them.
CREATE TABLE bridge_needs (
    digest text COLLATE "C" PRIMARY KEY,
    models text COLLATE "C" NOT NULL, -- a digest of the model files alone; empty without any
    content text NOT NULL,
    seen_at timestamptz NOT NULL
);
CREATE TABLE bridge_capabilities (
    digest text COLLATE "C" PRIMARY KEY,
    content bytea NOT NULL,
    seen_at timestamptz NOT NULL
);

-- `passed` is how often another job of the same owner went before, for the sake of the models that were loaded.
ALTER TABLE bridge_jobs
    ADD COLUMN needs text COLLATE "C" NOT NULL DEFAULT '',
    ADD COLUMN passed integer NOT NULL DEFAULT 0;

-- A worker that has ended is known for a while: what it can is still asked for.
ALTER TABLE bridge_workers
    ADD COLUMN capabilities text COLLATE "C" NOT NULL DEFAULT '',
    ADD COLUMN ended boolean NOT NULL DEFAULT false;

-- Each owner's jobs in a row, by priority: the claim goes from one owner to the next.
DROP INDEX bridge_jobs_line;
CREATE INDEX bridge_jobs_line ON bridge_jobs ((-priority), owner, number) WHERE state = 'queued';
