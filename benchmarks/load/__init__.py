"""Load of a running app: windows that speak its protocol, and what they wait for."""
