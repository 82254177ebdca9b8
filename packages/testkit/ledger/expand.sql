-- From now on both columns say the same, whoever writes: release 1 knows "customer" only, release 2 "buyer" only.
BEGIN;
ALTER TABLE orders ADD COLUMN IF NOT EXISTS buyer text;
CREATE OR REPLACE FUNCTION both_columns() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.buyer := coalesce(NEW.buyer, NEW.customer);
  NEW.customer := coalesce(NEW.customer, NEW.buyer);
  RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER both_columns BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION both_columns();
UPDATE orders SET buyer = customer WHERE buyer IS NULL;
ALTER TABLE orders ALTER COLUMN buyer SET NOT NULL;
INSERT INTO migration_runs (phase) VALUES ('expand');
COMMIT;
