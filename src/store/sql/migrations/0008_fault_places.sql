-- A fault acts on a proxy, a service or another process. Rows of before, and those that an older
-- version still writes, were all of proxies: Proxy and Toxic speak for them.
ALTER TABLE callgauge_fault_windows
    ADD COLUMN IF NOT EXISTS PlaceKind LowCardinality(String) DEFAULT 'proxy' AFTER Fault;
ALTER TABLE callgauge_fault_windows
    ADD COLUMN IF NOT EXISTS Place LowCardinality(String) DEFAULT Proxy AFTER PlaceKind;
ALTER TABLE callgauge_fault_windows
    ADD COLUMN IF NOT EXISTS Effect LowCardinality(String) DEFAULT Toxic AFTER Place;
