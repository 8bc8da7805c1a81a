"""The app's own layer: what the user chose, what rdcore makes of it, and how it is shown."""
