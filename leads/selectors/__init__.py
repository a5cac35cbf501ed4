"""What is read for the pages of the working day."""
