"""A small company with three months of history, made by the very services that real work goes through."""
