"""`python -m innkeeper.cli`."""

from innkeeper.cli import main

main()
