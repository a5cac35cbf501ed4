"""The pages of the sources of leads, and the doors through which other sites and programs send."""
