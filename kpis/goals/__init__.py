"""From the shared goal back to what each team owes by when, and forward from today's rates."""
