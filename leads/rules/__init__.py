"""Rules over the data as they are: which fields occur, and how many leads and events a rule matches."""
