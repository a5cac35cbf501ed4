"""The pages of the living document: reading, drafting, signing."""
