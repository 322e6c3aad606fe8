-- How many requests came in a window of time, by what is counted; of a turn that is waited for, the window is 0. Not
-- logged: after a crash of the server counting begins anew.
CREATE UNLOGGED TABLE bridge_rates (
    name text COLLATE "C" NOT NULL,
    period bigint NOT NULL,
    count integer NOT NULL,
    most integer NOT NULL,
    until timestamptz NOT NULL,
    PRIMARY KEY (name, period)
);
CREATE INDEX bridge_rates_until ON bridge_rates (until);
