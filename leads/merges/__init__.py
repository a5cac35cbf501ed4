"""The same person as one lead: doubtful pairs, merging two leads, and parting them again."""
