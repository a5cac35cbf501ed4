"""The list of accounts: how they come in, and which lead belongs to which of them."""
