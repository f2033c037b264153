"""One capability each, as a Prefect flow; `prefect.yaml` deploys them."""
