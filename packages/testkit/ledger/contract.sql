-- Only release 2 is left, which knows "buyer".
BEGIN;
DROP TRIGGER IF EXISTS both_columns ON orders;
DROP FUNCTION IF EXISTS both_columns;
ALTER TABLE orders DROP COLUMN IF EXISTS customer;
INSERT INTO migration_runs (phase) VALUES ('contract');
COMMIT;
