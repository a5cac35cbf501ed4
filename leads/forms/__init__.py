"""The forms of the leads room."""
