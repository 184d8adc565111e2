CREATE TABLE IF NOT EXISTS items (name text PRIMARY KEY, price integer NOT NULL);
-- Too narrow for the largest orders, as it happens. The customer's request succeeds; the trace shows the worker's failure.
CREATE TABLE IF NOT EXISTS invoices (order_id text PRIMARY KEY, total integer NOT NULL);
INSERT INTO items VALUES ('apple', 30), ('lamp', 4900), ('umbrella', 1500) ON CONFLICT DO NOTHING;
