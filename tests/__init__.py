"""Tests and the bank of cases that they share."""
