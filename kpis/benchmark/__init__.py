"""How close the product comes to what the database can do: our path beside the best reference, on the same data."""
