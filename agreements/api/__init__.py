"""Agreements over HTTP: read, drafted, validated, compared, proposed, signed, discussed."""
