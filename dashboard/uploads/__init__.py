"""Uploads: the bytes of the users' files, stored by their digest, and uploaded pictures.

``rdcore.tables`` reads the tables. ``store`` has the files, ``pictures`` reads pictures.
"""
