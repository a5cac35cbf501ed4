"""HubSpot: its webhooks come in, its contacts and forms are pulled, our stages and scores are written back."""
