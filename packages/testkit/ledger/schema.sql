-- As release 1 found it.
CREATE TABLE orders (id text PRIMARY KEY, customer text NOT NULL, release text NOT NULL);
CREATE TABLE migration_runs (phase text NOT NULL, at timestamptz NOT NULL DEFAULT now());
