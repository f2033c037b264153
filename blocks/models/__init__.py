"""Outside models as Prefect blocks, one class per provider, and the one module that talks to them (`wire`)."""
