"""Files of leads: read as a stream, mapped column by column, checked, then run in short transactions."""
